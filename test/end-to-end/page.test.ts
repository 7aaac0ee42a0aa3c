import assert from 'node:assert/strict'
import { appendFileSync } from 'node:fs'
import net, { type AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { startAgent, withFolder, writeConfig } from '../support/agent-process.ts'
import { eventually } from '../support/eventually.ts'

const config = (folder: string, page: string): string =>
  writeConfig(
    folder,
    `state_dir: state
sources: { app: { kind: files, paths: [app.log] } }
outputs: { local: { kind: local } }
server: { listen: "off", page: "${page}" }
`,
  )

const addressOf = (output: string): string | undefined => /"page":"(127\.0\.0\.1:\d+)"/.exec(output)?.[1]

test('the page’s port is taken: the agent says so and delivers without it', () =>
  withFolder(async (folder) => {
    const other = net.createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => other.once('listening', resolve))
    appendFileSync(join(folder, 'app.log'), 'a line\n')
    const agent = startAgent(['--config', config(folder, `127.0.0.1:${(other.address() as AddressInfo).port}`)], folder)
    try {
      await eventually('the start', () => agent.output().includes('"kind":"started"'))
      assert.match(agent.output(), /"kind":"page_unavailable"/)
      assert.match(agent.output(), /"page":"off"/)
    } finally {
      assert.equal(await agent.stop(), 0)
      other.close()
    }
  }))

test('a search through the page, whose process ends with the agent', () =>
  withFolder(async (folder) => {
    appendFileSync(join(folder, 'app.log'), 'needle in the hay\n')
    const agent = startAgent(['--config', config(folder, '127.0.0.1:0')], folder)
    const address = await eventually('the page', () => addressOf(agent.output()))
    await eventually('the line', async () => {
      const found = (await (await fetch(`http://${address}/api/search?query=needle`)).json()) as { records?: unknown[] }
      return found.records?.length === 1
    })
    const tail = await fetch(`http://${address}/api/tail?query=needle`)
    assert.equal(tail.status, 200)
    // Its end of the pipe is closed when the process has ended: 'close' waits for whoever else holds standard error.
    const closed = new Promise((resolve) => agent.child.once('close', resolve))
    assert.equal(await agent.stop('SIGKILL'), 'SIGKILL')
    await closed
  }))

test('an agent without a store has a page all the same, over IPv6 too, and says that there is nothing to search', () =>
  withFolder(async (folder) => {
    const path = writeConfig(
      folder,
      `state_dir: state
sources: { app: { kind: files, paths: [app.log] } }
outputs: { out: { kind: file, path: out.jsonl } }
server: { listen: "off", page: "[::1]:0" }
`,
    )
    const agent = startAgent(['--config', path], folder)
    try {
      const address = await eventually('the page', () => /"page":"(\[::1\]:\d+)"/.exec(agent.output())?.[1])
      const ask = async (path: string): Promise<[number, unknown]> => {
        const response = await fetch(`http://${address}${path}`)
        return [response.status, await response.json()]
      }
      const refused = [404, { kind: 'failed', reason: 'this agent has no embedded store' }]
      assert.deepEqual(await Promise.all(['/api/search', '/api/record?row=1', '/api/tail'].map(ask)), [
        refused,
        refused,
        refused,
      ])
      const [, status] = await ask('/api/status')
      assert.equal((status as { searchable: boolean }).searchable, false)
    } finally {
      assert.equal(await agent.stop(), 0)
    }
  }))

/** Addresses by which others reach this machine. */
const outer = Object.values(networkInterfaces())
  .flat()
  .flatMap((one) => (one && !one.internal && !one.address.startsWith('fe80') ? [one.address] : []))

test(
  'without a token the page is reached from nowhere but its own machine, by name too, while metrics are served to all',
  { skip: outer.length === 0 && 'this machine has no other address' },
  () =>
    withFolder(async (folder) => {
      const path = writeConfig(
        folder,
        `state_dir: state
sources: { app: { kind: files, paths: [app.log] } }
outputs: { local: { kind: local } }
server: { listen: ":0", page: "localhost:0" }
`,
      )
      const agent = startAgent(['--config', path], folder)
      try {
        const address = await eventually('the page', () => addressOf(agent.output()))
        const [, listen] = (await eventually('metrics', () => /"address":"[^"]*:(\d+)"/.exec(agent.output()))) ?? []
        const port = address.split(':')[1]
        assert.equal((await fetch(`http://${address}/api/status`)).status, 200)
        for (const host of outer.map((one) => (one.includes(':') ? `[${one}]` : one))) {
          await assert.rejects(fetch(`http://${host}:${port}/api/status`), `${host}:${port}`)
          assert.equal((await fetch(`http://${host}:${listen}/healthz`)).status, 200)
          assert.equal((await fetch(`http://${host}:${listen}/api/status`)).status, 404)
        }
      } finally {
        assert.equal(await agent.stop(), 0)
      }
    }),
)
