import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import test from 'node:test'
import { type AgentProcess, runAgent, startAgent, withFolder, writeConfig } from '../support/agent-process.ts'
import { type CriWriter, createCriWriter } from '../support/cri-writer.ts'
import { eventually } from '../support/eventually.ts'

const config = (folder: string): string =>
  writeConfig(
    folder,
    `state_dir: ${folder}/state
sources:
  containers:
    kind: containers
    path: ${folder}/log/containers
    allowed_roots: [${folder}/log/pods]
    poll_interval: 100ms
    rotate_wait: 1s
    rescan_interval: 1s
  app: { kind: files, paths: ["${folder}/app.log"], poll_interval: 100ms, rotate_wait: 1s }
outputs:
  local: { kind: local, buffer: { flush_interval: 50ms } }
server:
  listen: "off"
checkpoint_interval: 200ms
`,
  )

interface Report {
  readonly pod?: string
  readonly path?: string
  readonly fingerprint: string
  readonly state: 'closed' | 'open'
  readonly size: number
  readonly lost: Readonly<Record<string, number>>
  readonly gaps: readonly { readonly offset: number; readonly length: number }[]
  readonly doubled: readonly unknown[]
}

interface Audit {
  readonly code: number
  readonly reports: readonly Report[]
  readonly stderr: string
}

const audit = async (folder: string, ...more: string[]): Promise<Audit> => {
  const run = await runAgent(['audit', '--config', `${folder}/picket.yaml`, ...more], folder)
  const reports = run.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Report)
  return { code: run.code, reports, stderr: run.stderr }
}

const closedOf = ({ reports }: Audit, pod: string): readonly Report[] =>
  reports.filter((report) => report.pod === pod && report.state === 'closed')

const withWorld = (body: (folder: string, web: CriWriter, start: () => AgentProcess) => Promise<void>): Promise<void> =>
  withFolder(async (folder) => {
    const agents: AgentProcess[] = []
    const web = createCriWriter(join(folder, 'log'), 'shop', 'web-0', 'web')
    const path = config(folder)
    const start = (): AgentProcess => {
      const agent = startAgent(['--config', path], folder)
      agents.push(agent)
      return agent
    }
    try {
      await body(folder, web, start)
    } finally {
      for (const agent of agents) if (agent.child.exitCode === null) await agent.stop('SIGKILL')
    }
  })

const stamp = (n: number): string => `2026-11-21T06:00:00.${String(n).padStart(9, '0')}Z`

test('rotations, a record over one, copytruncate and SIGKILL: the audit finds every byte once', () =>
  withWorld(async (folder, web, start) => {
    const app = join(folder, 'app.log')
    fs.writeFileSync(app, 'first line of a plain file\n')
    const first = start()
    for (let i = 0; i < 200; i++) web.line(undefined, i % 10 === 0 ? 3 : 1)
    await eventually('documents', async () => (await audit(folder)).reports.length >= 2)
    web.raw(`${stamp(1)} stdout P begins here \n`)
    web.rotate()
    web.raw(`${stamp(2)} stdout F and ends in the next file\n`)
    for (let i = 0; i < 100; i++) web.line()
    await eventually('the rotated file is closed', async () => closedOf(await audit(folder), 'web-0').length === 1)
    await first.stop('SIGKILL')
    web.line('while nobody looks')
    web.rotate()
    web.line('and behind it')
    fs.copyFileSync(app, `${app}.1`)
    fs.truncateSync(app)
    fs.writeFileSync(app, 'another first line, longer than the one before\n')
    const second = start()
    await eventually('both are closed', async () => closedOf(await audit(folder), 'web-0').length === 2)
    await eventually(
      'the copy too',
      async () => (await audit(folder)).reports.filter((r) => r.path === app).length === 2,
    )
    const { code, reports, stderr } = await audit(folder)
    assert.equal(code, 0, stderr)
    assert.deepEqual(
      reports.flatMap((report) => [...report.gaps, ...report.doubled]),
      [],
    )
    assert.deepEqual(
      reports.filter(({ lost }) => Object.keys(lost).length > 0),
      [],
    )
    assert.match(stderr, /^picket: 5 files \(\d closed\), 3\d\d documents, [\d,]+ bytes; no gaps; nothing doubled\n$/)
    assert.equal(await second.stop(), 0)
  }))

test('a file that is removed while the agent is down is closed with what is known of it', () =>
  withWorld(async (folder, web, start) => {
    const first = start()
    for (let i = 0; i < 50; i++) web.line()
    const read = fs.statSync(web.file).size
    await eventually('documents', async () => (await audit(folder)).reports.some((report) => report.size === read))
    assert.equal(await first.stop(), 0)
    web.line('this one nobody will ever read')
    web.rotate()
    web.line('a new file')
    const [rotated = ''] = fs.readdirSync(join(web.file, '..')).filter((name) => name.startsWith('0.log.'))
    fs.unlinkSync(join(web.file, '..', rotated))
    start()
    // The size of the last look: what was written later left no trace.
    const closed = await eventually('the lost file is closed', async () => closedOf(await audit(folder), 'web-0')[0])
    assert.deepEqual([closed.size, closed.gaps, closed.lost], [read, [], {}])
  }))

test('a file that is truncated while the agent does not look: what was read of it adds up', () =>
  withWorld(async (folder, web, start) => {
    // A first line makes it known; the agent is stopped at once (SIGSTOP), so that the rest is not read.
    const agent = start()
    web.line('known')
    const known = fs.statSync(web.file).size
    await eventually('documents', async () => (await audit(folder)).reports.some((report) => report.size === known))
    agent.child.kill('SIGSTOP')
    for (let i = 0; i < 20; i++) web.line()
    const size = fs.statSync(web.file).size
    fs.truncateSync(web.file, 0)
    web.raw(`${stamp(3)} stdout F x\n`)
    agent.child.kill('SIGCONT')
    const closed = await eventually('it is closed', async () => closedOf(await audit(folder), 'web-0')[0])
    assert.ok(size > known)
    assert.deepEqual([closed.gaps, closed.doubled, closed.size], [[], [], known])
    assert.equal((await audit(folder)).code, 0)
  }))

test('a document that is taken out of the store is found missing, byte for byte', () =>
  withWorld(async (folder, web, start) => {
    const agent = start()
    for (let i = 0; i < 100; i++) web.line()
    web.rotate()
    web.line('next')
    await eventually('it is closed', async () => closedOf(await audit(folder), 'web-0').length === 1)
    assert.equal(await agent.stop(), 0)
    assert.equal((await audit(folder)).code, 0)
    const database = new DatabaseSync(join(folder, 'state/store.db'))
    const [one, two] = database
      .prepare("SELECT id, offset FROM documents WHERE message LIKE 'line 4_ of%' ORDER BY offset")
      .all()
    database.prepare('DELETE FROM documents WHERE id = ?').run(one!.id as number)
    database.close()
    const { code, reports } = await audit(folder, '--namespace', 'shop', '--pod', 'web-*')
    const [from, to] = [Number(one!.offset), Number(two!.offset)]
    assert.deepEqual([code, reports.flatMap(({ gaps }) => gaps)], [1, [{ offset: from, length: to - from }]])
    assert.deepEqual(await audit(folder, '--pod', 'other'), {
      code: 0,
      reports: [],
      stderr: 'picket: 0 files (0 closed), 0 documents, 0 bytes; no gaps; nothing doubled\n',
    })
  }))

test('where nothing can be found out, it says why and ends with 2', () =>
  withFolder(async (folder) => {
    config(folder)
    const { code, stderr } = await audit(folder)
    assert.equal(code, 2)
    assert.match(stderr, /there is no store at .*store\.db yet/)
    const unknown = await audit(folder, '--output', 'search')
    assert.equal(unknown.code, 2)
    assert.match(unknown.stderr, /there is no output search with a store to audit; there is local/)
  }))
