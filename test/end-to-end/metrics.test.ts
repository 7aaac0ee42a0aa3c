import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { startAgent, withFolder, writeConfig } from '../support/agent-process.ts'
import { eventually } from '../support/eventually.ts'

const scrape = async (address: string): Promise<ReadonlyMap<string, number>> => {
  const text = await (await fetch(`http://${address}/metrics`)).text()
  const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    samples.map((line): [string, number] => {
      const at = line.lastIndexOf(' ')
      return [line.slice(0, at), Number(line.slice(at + 1))]
    }),
  )
}

test('a scrape tells how full the store is, how long the API server is away, and of log lines that nobody took', () =>
  withFolder(async (folder) => {
    fs.writeFileSync(join(folder, 'app.log'), 'one\ntwo\n')
    const config = writeConfig(
      folder,
      `state_dir: ${folder}/state
sources:
  app: { kind: files, paths: [${folder}/app.log], poll_interval: 100ms, rescan_interval: 200ms }
  lost: { kind: files, paths: [${folder}/link.log], rescan_interval: 200ms }
outputs:
  local: { kind: local, max_size: 8MiB }
enrich: { kubernetes: on, api_server: "http://127.0.0.1:1" }
server: { listen: "127.0.0.1:0" }
`,
    )
    const agent = startAgent(['--config', config], folder)
    try {
      const address = await eventually('its address', () => /"address":"([^"]+)"/.exec(agent.output())?.[1])
      const full = await eventually('documents in the store', async () => {
        const samples = await scrape(address)
        return (samples.get('picket_store_used_bytes{output="local"}') ?? 0) > 0 ? samples : undefined
      })
      assert.equal(full.get('picket_store_limit_bytes{output="local"}'), 8 * 1024 * 1024)
      assert.equal(full.get('picket_known_pods'), 0)
      assert.ok((full.get('picket_watch_blind_seconds') ?? 0) > 0)
      assert.equal(full.get('picket_log_lost_lines_total'), 0, 'so far every line was taken')
      agent.child.stderr?.destroy()
      fs.symlinkSync('/etc/passwd', join(folder, 'link.log'))
      await eventually(
        'a line that was not taken',
        async () => ((await scrape(address)).get('picket_log_lost_lines_total') ?? 0) > 0,
      )
    } finally {
      assert.equal(await agent.stop(), 0)
    }
  }))
