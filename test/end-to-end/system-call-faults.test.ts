import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { freePort } from '../bench/free-port.ts'
import { type AgentProcess, startAgent, withFolder, writeConfig } from '../support/agent-process.ts'
import { type BulkSink, startBulkSink } from '../support/bulk-sink.ts'
import { createCriWriter } from '../support/cri-writer.ts'
import { eventually } from '../support/eventually.ts'
import { injectFaults, noFaultsBecause } from '../support/system-call-faults.ts'

/** The real process on a kernel that refuses, for a while, what it is asked for. Nothing is lost or doubled, and the trouble is told. */

const skipped = noFaultsBecause()
const faulty = (name: string, body: (t: TestContext) => Promise<void>): void => {
  // Where everything must run, what cannot run fails.
  test(name, { skip: skipped !== undefined && !process.env.CI && skipped }, async (t) => {
    assert.equal(skipped, undefined)
    await body(t)
  })
}

interface Scene {
  readonly folder: string
  readonly sink: BulkSink
  readonly agent: AgentProcess
  readonly pid: number
  readonly web: ReturnType<typeof createCriWriter>
  readonly positions: string
  metric(name: string): Promise<number>
  logged(kind: string): boolean
}

const configOf = (folder: string, sink: BulkSink, port: number): string =>
  writeConfig(
    folder,
    `state_dir: ${folder}/state
sources:
  pods: { kind: containers, path: ${folder}/log/containers, allowed_roots: [${folder}/log/pods], poll_interval: 100ms, rescan_interval: 200ms }
outputs:
  search:
    kind: elasticsearch
    hosts: ["${sink.url}"]
    buffer: { flush_interval: 50ms, spill_after: 0, retry_initial_interval: 100ms, retry_max_interval: 200ms }
server: { listen: "127.0.0.1:${port}" }
checkpoint_interval: 100ms
`,
  )

/** Two lines are delivered before `body` makes its faults; afterwards the agent is killed, comes again, and all is there once. */
const withScene = (body: (scene: Scene) => Promise<void>): Promise<void> =>
  withFolder(async (folder) => {
    const sink = await startBulkSink()
    const port = await freePort()
    const config = configOf(folder, sink, port)
    const web = createCriWriter(join(folder, 'log'), 'shop', 'web-0', 'web')
    web.line()
    web.line('two', 2)
    const agent = startAgent(['--config', config], folder)
    const texts = (): unknown[] => [...sink.documents.values()].map(({ message }) => message)
    const allOnce = (): boolean => texts().length === web.written.length
    const metric = async (name: string): Promise<number> => {
      const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
      return [...text.matchAll(new RegExp(`^${name}(?:{[^}]*})? (\\S+)$`, 'gm'))].reduce(
        (sum, [, n]) => sum + Number(n),
        0,
      )
    }
    const logged = (kind: string): boolean => agent.output().includes(`"kind":"${kind}"`)
    let second: AgentProcess | undefined
    try {
      await eventually('the first lines', allOnce)
      const positions = join(folder, 'state/sources/pods/positions.json')
      await eventually('a checkpoint', () => fs.existsSync(positions))
      await body({ folder, sink, agent, pid: agent.child.pid!, web, positions, metric, logged })
      await eventually('everything', allOnce)
      assert.equal(agent.child.exitCode, null, 'it lives')
      await agent.stop('SIGKILL')
      web.line()
      second = startAgent(['--config', config], folder)
      await eventually('the line from between', allOnce)
      assert.equal(await second.stop(), 0)
      assert.deepEqual(texts().sort(), [...web.written].sort())
    } finally {
      for (const one of [agent, second]) if (one && one.child.exitCode === null) await one.stop('SIGKILL')
      await sink.close()
    }
  })

faulty('a log on a disk with bad blocks (EIO) is read when it can be read again', () =>
  withScene(async ({ pid, web, metric, logged }) => {
    const faults = await injectFaults(pid, 'pread64:error=EIO', [web.file])
    web.line()
    await eventually('it is told', async () => logged('read_failed') && (await metric('picket_unreadable_files')) === 1)
    assert.ok((await metric('picket_read_failures_total')) > 0)
    await faults.end()
    await eventually('its end is told', () => logged('read_resumed'))
  }),
)

faulty('reads that signals interrupt (EINTR) are made again at once', () =>
  withScene(async ({ pid, sink, web, metric }) => {
    const faults = await injectFaults(pid, 'pread64:error=EINTR:when=1+2', [web.file])
    for (let i = 0; i < 20; i++) web.line()
    await eventually('all lines', () => sink.documents.size === web.written.length)
    await eventually('strace has told', () => faults.spoilt() > 0)
    await faults.end()
    assert.equal(await metric('picket_read_failures_total'), 0)
  }),
)

faulty('no handle is left (EMFILE): a new log is found later', () =>
  withScene(async ({ folder, pid, web, metric, logged }) => {
    const log = web.file.replace(/0\.log$/, '1.log')
    const faults = await injectFaults(pid, 'openat:error=EMFILE', [log])
    web.restart()
    web.line()
    await eventually('it is told', () => logged('file_refused'))
    assert.ok((await metric('picket_files_refused_total')) > 0, folder)
    await faults.end()
  }),
)

const checkpointFaults: readonly [string, string][] = [
  ['no space (ENOSPC on write)', 'write:error=ENOSPC'],
  ['a broken disk (EIO on write)', 'write:error=EIO'],
  ['a disk that takes nothing (write returns 0)', 'write:retval=0'],
  ['a broken disk (EIO on fsync)', 'fsync:error=EIO'],
  ['a broken disk (EIO on rename)', 'rename:error=EIO'],
  ['no handle (EMFILE on openat)', 'openat:error=EMFILE'],
]

for (const [what, inject] of checkpointFaults)
  faulty(`positions cannot be saved for ${what}: delivery goes on, it is told, and they are saved later`, () =>
    withScene(async ({ pid, sink, web, positions, metric, logged }) => {
      const faults = await injectFaults(pid, inject, [`${positions}.tmp`])
      web.line()
      await eventually('the line', () => sink.documents.size === web.written.length)
      await eventually('it is told', async () => (await metric('picket_checkpoint_failures_total')) > 0)
      assert.ok(logged('checkpoint_failed'))
      // Asked before their end: the first save after it may be the only one.
      const saved = await metric('picket_checkpoints_total')
      await faults.end()
      await eventually('they are saved', async () => (await metric('picket_checkpoints_total')) > saved)
    }),
  )

faulty(
  'positions that a lying disk has not written (write claims more than it does) are set aside, and nothing is doubled',
  () =>
    withScene(async ({ pid, sink, web, positions }) => {
      const before = fs.readFileSync(positions, 'utf8')
      const faults = await injectFaults(pid, 'write:retval=40', [`${positions}.tmp`])
      web.line()
      await eventually('the line', () => sink.documents.size === web.written.length)
      await eventually('garbage', () => fs.readFileSync(positions, 'utf8') !== before)
      // Killed with it, at once: the next agent meets it.
      process.kill(pid, 'SIGSTOP')
      await faults.end()
      process.kill(pid, 'SIGCONT')
    }),
)

const spillFaults: readonly [string, string][] = [
  ['fsync fails (EIO)', 'fsync:error=EIO'],
  ['rename fails (ENOSPC)', 'rename:error=ENOSPC'],
]

for (const [what, inject] of spillFaults)
  faulty(
    `the disk queue cannot be written, ${what}, while Elasticsearch is down: it stays in memory, is told, and arrives once`,
    () =>
      withScene(async ({ pid, sink, web, metric, logged }) => {
        const faults = await injectFaults(pid, inject)
        sink.fail = 503
        web.line()
        const { file } = web
        web.restart()
        fs.unlinkSync(file) // What is about to vanish is written to the disk queue soon.
        await eventually('it is told', async () => (await metric('picket_spill_failures_total')) > 0)
        assert.ok(logged('spill_failed'))
        await faults.end()
        await eventually('it is on disk', async () => (await metric('picket_spilled_documents_total')) > 0)
        sink.fail = undefined
      }),
  )
