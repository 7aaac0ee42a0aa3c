import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { startAgent, withFolder, writeConfig } from '../support/agent-process.ts'
import { eventually } from '../support/eventually.ts'

interface Look {
  readonly messages: readonly string[]
  readonly repeats: number
}

test('a server that hangs (SIGSTOP) is given up after request_timeout; what it had taken all the same comes back as 409', () =>
  withFolder(async (folder) => {
    const sink = fork(join(import.meta.dirname, '../support/sink-process.ts'))
    const [{ url }] = (await once(sink, 'message')) as [{ url: string }]
    const look = async (): Promise<Look> => {
      sink.send('look')
      return (await once(sink, 'message'))[0] as Look
    }
    const log = join(folder, 'app.log')
    fs.writeFileSync(log, 'before\n')
    const config = writeConfig(
      folder,
      `state_dir: ${folder}/state
sources:
  app: { kind: files, paths: [${log}], poll_interval: 50ms }
outputs:
  search:
    kind: elasticsearch
    hosts: ["${url}"]
    request_timeout: 300ms
    buffer: { flush_interval: 20ms, retry_initial_interval: 50ms, retry_max_interval: 100ms }
server: { listen: "127.0.0.1:0" }
`,
    )
    const agent = startAgent(['--config', config], folder)
    try {
      await eventually('the first line', async () => (await look()).messages.length === 1)
      sink.kill('SIGSTOP')
      fs.appendFileSync(log, 'while it hangs\n')
      await eventually('the hold', () => /"output_held".*no answer within 300 ms/.test(agent.output()))
      sink.kill('SIGCONT')
      await eventually('the release', () => agent.output().includes('"output_resumed"'))
      const { messages, repeats } = await look()
      assert.deepEqual([...messages].sort(), ['before', 'while it hangs'])
      assert.ok(repeats > 0, 'the requests that were given up had arrived')
      const address = /"address":"([^"]+)"/.exec(agent.output())?.[1]
      const metrics = await (await fetch(`http://${address}/metrics`)).text()
      assert.match(metrics, /^picket_duplicate_documents_total\{output="search"\} [1-9]/m)
      assert.match(metrics, /^picket_delivered_documents_total\{output="search"\} 2$/m)
      assert.equal(await agent.stop(), 0)
    } finally {
      if (agent.child.exitCode === null) await agent.stop('SIGKILL')
      sink.kill('SIGKILL')
    }
  }))
