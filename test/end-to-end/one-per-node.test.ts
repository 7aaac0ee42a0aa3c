import assert from 'node:assert/strict'
import { once } from 'node:events'
import fs from 'node:fs'
import net, { type AddressInfo } from 'node:net'
import { join } from 'node:path'
import test from 'node:test'
import { type AgentProcess, runAgent, startAgent, withFolder } from '../support/agent-process.ts'
import { eventually } from '../support/eventually.ts'

/** A rollout with surge, or a duplicate, on one node: two real agents, one state folder, and with hostNetwork one port. */

interface Stranger {
  readonly port: number
  close(): Promise<void>
}

const listenSomewhere = async (): Promise<Stranger> => {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    port,
    close: async () => {
      if (!server.listening) return
      server.close()
      await once(server, 'close')
    },
  }
}

const freePort = async (): Promise<number> => {
  const somewhere = await listenSomewhere()
  await somewhere.close()
  return somewhere.port
}

const writeConfig = (folder: string, name: string, port: number): string => {
  const path = join(folder, `${name}.yaml`)
  fs.writeFileSync(
    path,
    `state_dir: ${folder}/state
sources:
  app: { kind: files, paths: [${folder}/app.log], poll_interval: 100ms, rescan_interval: 200ms }
outputs:
  copy: { kind: file, path: ${folder}/copy.ndjson, buffer: { flush_interval: 50ms } }
server: { listen: "127.0.0.1:${port}" }
checkpoint_interval: 100ms
`,
  )
  return path
}

const readyz = async (port: number): Promise<{ readonly status: number; readonly waiting: Record<string, string> }> => {
  const response = await fetch(`http://127.0.0.1:${port}/readyz`)
  const { waiting } = (await response.json()) as { waiting: Record<string, string> }
  return { status: response.status, waiting }
}

const delivered = (folder: string): string[] =>
  fs
    .readFileSync(join(folder, 'copy.ndjson'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line).message)

type Start = (config: string) => AgentProcess

/** With a process of somebody else's that has a port. */
const withAgents = (body: (folder: string, start: Start, stranger: Stranger) => Promise<void>): Promise<void> =>
  withFolder(async (folder) => {
    const stranger = await listenSomewhere()
    const agents: AgentProcess[] = []
    const start = (config: string): AgentProcess => {
      const agent = startAgent(['--config', config], folder)
      agents.push(agent)
      return agent
    }
    try {
      await body(folder, start, stranger)
    } finally {
      await stranger.close()
      for (const { child, stop } of agents)
        if (child.exitCode === null && child.signalCode === null) await stop('SIGKILL')
    }
  })

const write = (folder: string, line: string): void => fs.appendFileSync(join(folder, 'app.log'), `${line}\n`)

for (const signal of ['SIGTERM', 'SIGKILL'] as const)
  test(`a second agent with the same port waits, and takes over port and folder when the first one ends by ${signal}`, () =>
    withAgents(async (folder, start) => {
      const port = await freePort()
      const config = writeConfig(folder, 'both', port)
      write(folder, 'one')
      const first = start(config)
      await eventually('the first line', () => delivered(folder).length === 1)
      const second = start(config)
      const said = await eventually('the wait', () => /\{.*"state_folder_held".*\}/.exec(second.output())?.[0])
      assert.equal(JSON.parse(said).server_listen, `127.0.0.1:${port} is taken; tried again`)
      assert.match(
        JSON.parse(said).message,
        new RegExp(`^waits for process ${first.child.pid} on .* to leave ${folder}/state$`),
      )
      write(folder, 'two')
      await eventually('the first one still reads', () => delivered(folder).length === 2)
      assert.equal(await first.stop(signal), signal === 'SIGTERM' ? 0 : 'SIGKILL')
      write(folder, 'three')
      await eventually('the second one goes on', () => delivered(folder).length === 3)
      assert.deepEqual(await readyz(port), { status: 200, waiting: {} })
      assert.equal(await second.stop(), 0)
      assert.deepEqual(delivered(folder), ['one', 'two', 'three'])
    }))

test('a second agent with a port of its own serves health while it waits, and says in /readyz for whom', () =>
  withAgents(async (folder, start) => {
    const [here, there] = [await freePort(), await freePort()]
    write(folder, 'one')
    const first = start(writeConfig(folder, 'first', here))
    await eventually('the first line', () => delivered(folder).length === 1)
    const second = start(writeConfig(folder, 'second', there))
    const { status, waiting } = await eventually('its health', async () => {
      const seen = await readyz(there)
      return seen.waiting['state folder'] === 'has not started' ? undefined : seen
    })
    assert.equal(status, 503)
    assert.match(waiting['state folder'] ?? '', new RegExp(`^waits for process ${first.child.pid} on `))
    assert.equal(waiting.pipeline, 'has not started')
    assert.doesNotMatch(second.output(), /is taken/)
    assert.equal(await second.stop(), 0, 'a stop while it waits is a stop like any other')
    assert.equal(await first.stop(), 0)
    assert.deepEqual(delivered(folder), ['one'])
  }))

test('a port that becomes free while the second agent waits is taken at once', () =>
  withAgents(async (folder, start, stranger) => {
    const here = await freePort()
    write(folder, 'one')
    const first = start(writeConfig(folder, 'first', here))
    await eventually('the first line', () => delivered(folder).length === 1)
    const second = start(writeConfig(folder, 'second', stranger.port))
    await eventually('the wait', () => second.output().includes('is taken; tried again'))
    await stranger.close()
    assert.equal((await eventually('its health', () => readyz(stranger.port))).status, 503)
    assert.equal(await second.stop(), 0)
    assert.equal(await first.stop(), 0)
  }))

test('a port that a stranger has, while nobody has the folder, is an error that names option and address', () =>
  withAgents(async (folder, _start, stranger) => {
    write(folder, 'one')
    const run = await runAgent(['--config', writeConfig(folder, 'alone', stranger.port), '--once'], folder)
    assert.equal(run.code, 1)
    assert.equal(
      run.stderr,
      `picket: cannot listen on server.listen 127.0.0.1:${stranger.port}: another process has that port. Stop it, or name another address in the configuration\n`,
    )
    assert.equal(fs.existsSync(join(folder, 'copy.ndjson')), false)
  }))
