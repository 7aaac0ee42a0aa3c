import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { Auditor } from '../../agent/audit/auditor.ts'
import { evidenceOf } from '../../agent/audit/evidence.ts'
import { isSound } from '../../agent/audit/judge.ts'
import { type AgentProcess, runAgent, startAgent, withFolder, writeConfig } from '../support/agent-process.ts'
import { type BulkSink, startBulkSink } from '../support/bulk-sink.ts'
import { createCriWriter } from '../support/cri-writer.ts'
import { eventually } from '../support/eventually.ts'

const config = (folder: string, sink: BulkSink, more = ''): string =>
  writeConfig(
    folder,
    `state_dir: ${folder}/state
sources:
  containers:
    kind: containers
    path: ${folder}/log/containers
    allowed_roots: [${folder}/log/pods]
    poll_interval: 100ms
${more}
outputs:
  search:
    kind: elasticsearch
    match: "**"
    hosts: ["${sink.url}"]
    buffer: { flush_interval: 50ms, retry_initial_interval: 100ms, retry_max_interval: 500ms }
server:
  listen: "off"
checkpoint_interval: 200ms
`,
  )

const messages = (sink: BulkSink): string[] => [...sink.documents.values()].map((d) => d.message as string)

/** Every text once: no line lost, none doubled, none split. */
const assertComplete = (sink: BulkSink, expected: readonly string[]): void => {
  assert.deepEqual(messages(sink).sort(), [...expected].sort())
}

/** What the audit would object to. */
const unsound = (sink: BulkSink): unknown[] => {
  const evidence = [...sink.documents.values(), ...sink.closings.values()].map((document) => evidenceOf(document)!)
  const inOrder = evidence.sort((a, b) =>
    a.fingerprint < b.fingerprint ? -1 : a.fingerprint > b.fingerprint ? 1 : a.offset - b.offset,
  )
  const period = { sinceMs: undefined, untilMs: undefined }
  const auditor = new Auditor({ period, expires: false, held: new Map() })
  const reports = [...inOrder.flatMap((one) => auditor.take(one) ?? []), ...auditor.finish()]
  return reports.filter((report) => !isSound(report))
}

const withAgent = async (
  body: (folder: string, sink: BulkSink, agents: AgentProcess[]) => Promise<void>,
): Promise<void> =>
  withFolder(async (folder) => {
    const sink = await startBulkSink()
    const agents: AgentProcess[] = []
    try {
      fs.mkdirSync(join(folder, 'log/containers'), { recursive: true })
      fs.mkdirSync(join(folder, 'log/pods'), { recursive: true })
      await body(folder, sink, agents)
    } finally {
      for (const agent of agents) if (agent.child.exitCode === null) await agent.stop('SIGKILL')
      await sink.close()
    }
  })

test('--once delivers what is there and ends', () =>
  withAgent(async (folder, sink) => {
    const web = createCriWriter(join(folder, 'log'), 'shop', 'web-0', 'web')
    for (let i = 0; i < 500; i++) web.line()
    web.line('x'.repeat(40_000), 3)
    web.rotate()
    web.line('after the rotation')
    const { code, stderr } = await runAgent(['--config', config(folder, sink), '--once'], folder)
    assert.equal(code, 0, stderr)
    assertComplete(sink, web.written)
    const again = await runAgent(['--config', config(folder, sink), '--once'], folder)
    assert.equal(again.code, 0, again.stderr)
    assert.equal(sink.repeats.size, 0, 'the second run begins where the first one ended')
  }))

test('the agent does not read its own pod where only the pod is known, nor its own container where that is', () =>
  withAgent(async (folder, sink) => {
    const logs = ['agent', 'proxy'].map((name) => createCriWriter(join(folder, 'log'), 'ops', 'picket-x', name))
    for (const log of logs) log.line()
    const web = createCriWriter(join(folder, 'log'), 'ops', 'web-0', 'web')
    web.line()
    const path = config(folder, sink)
    const pod = { POD_NAMESPACE: 'ops', POD_NAME: 'picket-x', CONTAINER_NAME: '' }
    assert.equal((await runAgent(['--config', path, '--once'], folder, pod)).code, 0)
    assertComplete(sink, web.written)
    const container = { ...pod, CONTAINER_NAME: 'agent' }
    assert.equal((await runAgent(['--config', path, '--once'], folder, container)).code, 0)
    assertComplete(sink, [...web.written, ...logs[1]!.written])
  }))

test('a lost state folder doubles nothing: every record gets its old _id, from the renamed and the compressed file too', () =>
  withAgent(async (folder, sink) => {
    const web = createCriWriter(join(folder, 'log'), 'shop', 'web-0', 'web')
    for (let i = 0; i < 300; i++) web.line()
    assert.equal((await runAgent(['--config', config(folder, sink), '--once'], folder)).code, 0)
    web.rotate()
    web.line('second generation')
    web.rotate()
    web.line('third generation')
    fs.rmSync(join(folder, 'state'), { recursive: true })
    const run = await runAgent(['--config', config(folder, sink), '--once'], folder)
    assert.equal(run.code, 0, run.stderr)
    assertComplete(sink, web.written)
    assert.equal(sink.repeats.size, 300)
  }))

test('a running agent follows writes, rotations and restarts, and resumes after SIGTERM', () =>
  withAgent(async (folder, sink, agents) => {
    const web = createCriWriter(join(folder, 'log'), 'shop', 'web-0', 'web')
    web.line('before the start')
    const path = config(folder, sink)
    agents.push(startAgent(['--config', path], folder))
    await eventually('first line', () => sink.documents.size === 1)
    for (let round = 0; round < 5; round++) {
      for (let i = 0; i < 50; i++) web.line()
      web.line(`split over pieces ${round} `.repeat(50), 4)
      web.rotate()
      web.line(`after rotation ${round}`)
    }
    web.restart()
    web.line('after the restart')
    const api = createCriWriter(join(folder, 'log'), 'shop', 'api-0', 'api')
    api.line('a pod that came later')
    const all = (): string[] => [...web.written, ...api.written]
    await eventually('all lines', () => sink.documents.size === all().length)
    assert.equal(await agents[0]?.stop(), 0)
    web.line('while the agent is down')
    agents.push(startAgent(['--config', path], folder))
    await eventually('the line of the pause', () => sink.documents.size === all().length)
    assert.equal(await agents[1]?.stop(), 0)
    assertComplete(sink, all())
    assert.equal(sink.repeats.size, 0)
  }))

test('SIGKILL in the middle of rotations loses and doubles nothing', () =>
  withAgent(async (folder, sink, agents) => {
    const writers = ['a', 'b', 'c'].map((n) => createCriWriter(join(folder, 'log'), 'shop', `pod-${n}`, 'main'))
    const path = config(folder, sink)
    for (let round = 0; round < 6; round++) {
      const agent = startAgent(['--config', path], folder)
      agents.push(agent)
      const before = sink.documents.size
      for (let i = 0; i < 200; i++) for (const w of writers) w.line(undefined, i % 20 === 0 ? 3 : 1)
      await eventually('some progress', () => sink.documents.size > before)
      for (const w of writers) w.rotate()
      for (let i = 0; i < 100; i++) for (const w of writers) w.line()
      await agent.stop('SIGKILL')
      for (const w of writers) w.line('while it was dead')
    }
    agents.push(startAgent(['--config', path], folder))
    const expected = writers.flatMap((w) => w.written)
    await eventually('all lines', () => sink.documents.size >= expected.length)
    await eventually('a closed file', () => sink.closings.size > 0)
    assert.equal(await agents.at(-1)?.stop(), 0)
    assertComplete(sink, expected)
    assert.deepEqual(unsound(sink), [])
  }))

test('a dead Elasticsearch loses nothing: lines wait, over a restart too', () =>
  withAgent(async (folder, sink, agents) => {
    const web = createCriWriter(join(folder, 'log'), 'shop', 'web-0', 'web')
    const path = config(folder, sink)
    sink.fail = 503
    agents.push(startAgent(['--config', path], folder))
    for (let i = 0; i < 100; i++) web.line()
    await eventually('a try', () => sink.requests > 1)
    assert.equal(await agents[0]?.stop(), 0)
    agents.push(startAgent(['--config', path], folder))
    const tried = sink.requests
    await eventually('another try', () => sink.requests > tried)
    sink.fail = undefined
    await eventually('all lines', () => sink.documents.size === 100)
    assert.equal(await agents[1]?.stop(), 0)
    assertComplete(sink, web.written)
  }))
