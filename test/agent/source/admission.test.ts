import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import test, { type TestContext } from 'node:test'
import {
  type Bench,
  containerId,
  containersSource,
  createBench,
  cri,
  filesSource,
  makeContainer,
  startBench,
  temporaryFolder,
} from './support/bench.ts'

const told = (bench: Bench, ...names: string[]): string[] =>
  bench.log.filter((line) => names.some((name) => line.startsWith(name)))
const waiting = (bench: Bench): number => bench.tailer.stats().logsWaiting
const sorted = (texts: readonly string[]): string[] => [...texts].sort()

const savingRounds = (bench: Bench, count: number): void => {
  for (let i = 0; i < count; i++) {
    bench.round()
    bench.tailer.saveCheckpoint()
  }
}

/** Logs of which two may be followed at a time. */
const overfull = (t: TestContext, options: Parameters<typeof startBench>[3] = {}) => {
  const folder = temporaryFolder(t)
  const names = ['a', 'b', 'c', 'd', 'e'].map((name) => path.join(folder, `${name}.log`))
  for (const name of names) fs.writeFileSync(name, `${path.basename(name)}\n`)
  const bench = startBench(t, folder, [filesSource(names)], { maxFollowedFiles: 2, ...options })
  return { folder, names, bench }
}

/** The output is away from the first moment. */
const away = (t: TestContext, options: Parameters<typeof startBench>[3] = {}) => {
  const folder = temporaryFolder(t)
  const quiet = path.join(folder, 'quiet.log')
  const names = ['a', 'b', 'c', 'd', 'e'].map((name) => path.join(folder, `${name}.log`))
  const bench = startBench(t, folder, [filesSource([quiet, ...names])], {
    maxFollowedFiles: 2,
    rescanMs: 2000,
    ...options,
  })
  bench.lane.commits = false
  for (const name of names) fs.writeFileSync(name, `${path.basename(name)}\n`)
  bench.rounds(3)
  return { folder, names, bench }
}

test('no more files are followed than may be; the others wait on the disk, and it is said once', (t) => {
  const { bench } = away(t)
  bench.rounds(20)
  assert.deepEqual(
    { read: bench.lane.read, waiting: waiting(bench), told: told(bench, 'logs', 'bytesLost') },
    { read: ['a.log\n', 'b.log\n'], waiting: 3, told: ['logsWaiting plain 3 2'] },
  )
})

test('as files are done with, the logs that waited are read, each once', (t) => {
  const { names, bench } = away(t)
  bench.lane.commits = true
  for (const file of bench.lane.files) bench.tailer.positions.commit('out', file, file.size)
  for (const name of names.slice(0, 3)) {
    fs.unlinkSync(name)
    bench.rounds(12)
  }
  assert.deepEqual(
    { read: bench.lane.read, waiting: waiting(bench), lost: told(bench, 'bytesLost') },
    { read: ['a.log\n', 'b.log\n', 'c.log\n', 'd.log\n', 'e.log\n'], waiting: 0, lost: [] },
  )
  assert.match(told(bench, 'logs').join(), /^logsWaiting plain 3 2,logsTakenUp plain \d+$/)
})

test('a log that is followed already is followed on, however many wait', (t) => {
  const { names, bench } = away(t)
  fs.appendFileSync(names[0]!, 'more\n')
  bench.rounds(3)
  assert.deepEqual(bench.lane.read, ['a.log\nmore\n', 'b.log\n'])
})

test('--once reads all logs, also where there are more than may be followed', (t) => {
  const { bench } = overfull(t, { once: true })
  bench.rounds(8)
  assert.deepEqual(
    { read: sorted(bench.lane.read), waiting: waiting(bench), drained: bench.tailer.drained() },
    { read: ['a.log\n', 'b.log\n', 'c.log\n', 'd.log\n', 'e.log\n'], waiting: 0, drained: true },
  )
})

test('a log that is deleted while it waits is counted as lost, with its bytes', (t) => {
  const { names, bench } = away(t)
  fs.unlinkSync(names[4]!)
  bench.rounds(10)
  assert.deepEqual(
    { lost: told(bench, 'bytesLost'), waiting: waiting(bench) },
    { lost: [`bytesLost plain ${names[4]} plain 6 deleted_before_read`], waiting: 2 },
  )
})

test('a file of a waiting container that kubelet removes is counted as lost; one that it renames and compresses is not', (t) => {
  const folder = temporaryFolder(t)
  const other = path.join(folder, 'other.log')
  const source = containersSource(folder)
  const bench = startBench(t, folder, [filesSource([other]), source], { maxFollowedFiles: 1, rescanMs: 1000 })
  bench.lane.commits = false
  fs.writeFileSync(other, 'unread\n')
  bench.rounds(3)
  const { log } = makeContainer(folder)
  const oldest = `${log}.20261126-120000`
  fs.writeFileSync(oldest, cri('first'))
  fs.writeFileSync(log, cri('second'))
  bench.rounds(2)
  assert.equal(waiting(bench), 1)
  fs.renameSync(oldest, `${oldest}.gz`)
  fs.renameSync(log, `${log}.20261126-130000`)
  fs.writeFileSync(log, cri('third'))
  bench.rounds(3)
  assert.deepEqual(told(bench, 'bytesLost'), [])
  fs.unlinkSync(`${oldest}.gz`)
  bench.rounds(3)
  assert.deepEqual(
    told(bench, 'bytesLost').map((line) => line.split(' ').slice(-3)),
    [['container', String(cri('first').length), 'deleted_before_read']],
  )
})

test('what a log that waits has been read of in an earlier life is not forgotten, nor counted as lost', (t) => {
  const { folder, names, bench } = overfull(t, { maxFollowedFiles: 5 })
  bench.rounds(8)
  bench.tailer.saveCheckpoint()
  for (const name of names) fs.appendFileSync(name, 'later\n')
  const second = createBench(folder, [filesSource(names)], { maxFollowedFiles: 2, rescanMs: 1000, forgetMs: 2000 })
  t.after(() => second.tailer.close())
  second.lane.reading = false
  second.tailer.start()
  second.rounds(30)
  second.tailer.saveCheckpoint()
  assert.deepEqual([second.lane.files.length, waiting(second)], [2, 3])
  const third = startBench(t, folder, [filesSource(names)])
  assert.deepEqual(
    { read: third.lane.read, lost: [...told(second, 'bytesLost'), ...told(third, 'bytesLost')] },
    { read: names.map(() => 'later\n'), lost: [] },
  )
})

for (const when of ['while nobody runs', 'while its log waits'] as const)
  test(`a file that is known and half read, and that kubelet removes ${when}, is counted once`, async (t) => {
    const folder = temporaryFolder(t)
    const { log, link } = makeContainer(folder, 'web-2')
    fs.writeFileSync(log, cri('read'))
    const first = createBench(folder, [containersSource(folder)])
    first.tailer.start()
    first.lane.turn()
    first.lane.reading = false
    const unread = cri('unread')
    fs.appendFileSync(log, unread)
    first.round()
    const rotated = `${log}.20261126-120000`
    fs.renameSync(log, rotated)
    first.rounds(2)
    first.tailer.saveCheckpoint()
    await first.tailer.close()
    fs.writeFileSync(log, cri('live'))
    fs.writeFileSync(makeContainer(folder, 'web-1').log, cri('followed'))
    if (when === 'while nobody runs') fs.unlinkSync(rotated)
    const second = startBench(t, folder, [containersSource(folder)], { maxFollowedFiles: 1 })
    savingRounds(second, 40)
    const expected = [`bytesLost pods ${link} container ${unread.length} rotated_away`]
    if (when === 'while its log waits') {
      assert.deepEqual(told(second, 'bytesLost'), [])
      fs.unlinkSync(rotated)
      savingRounds(second, 650) // Ten minutes: what was there may come back.
    }
    assert.deepEqual([waiting(second), told(second, 'bytesLost')], [1, expected])
  })

test("docker's log that waits is there, though its name is a link", async (t) => {
  const folder = temporaryFolder(t)
  const dir = path.join(folder, 'containers')
  const docker = path.join(folder, 'docker', containerId)
  for (const one of [dir, docker]) fs.mkdirSync(one, { recursive: true })
  const target = path.join(docker, `${containerId}-json.log`)
  const line = (text: string): string => `{"log":"${text}\\n","stream":"stdout","time":"2026-11-21T06:00:00.1Z"}\n`
  fs.writeFileSync(target, line('read'))
  fs.symlinkSync(target, path.join(dir, `web-2_shop_app-${containerId}.log`))
  const source = containersSource(folder, { allowedRoots: [folder] })
  const first = createBench(folder, [source])
  first.tailer.start()
  first.lane.turn()
  first.lane.reading = false
  fs.appendFileSync(target, line('unread'))
  first.round()
  first.tailer.saveCheckpoint()
  await first.tailer.close()
  fs.writeFileSync(path.join(folder, 'a.log'), 'followed\n')
  const sources = [filesSource([path.join(folder, 'a.log')]), source]
  const second = startBench(t, folder, sources, { maxFollowedFiles: 1 })
  savingRounds(second, 700)
  assert.deepEqual([first.lane.read, waiting(second), told(second, 'bytesLost')], [[line('read')], 1, []])
})

test('what kubelet removes between the last look at a log that waits and its turn is counted', (t) => {
  const folder = temporaryFolder(t)
  const other = path.join(folder, 'other.log')
  const bench = startBench(t, folder, [filesSource([other]), containersSource(folder)], { maxFollowedFiles: 1 })
  fs.writeFileSync(other, 'read\n')
  bench.rounds(11)
  const { log, link } = makeContainer(folder)
  const oldest = `${log}.20261126-120000`
  const [first, second] = [cri('first'), cri('second')]
  fs.writeFileSync(oldest, first)
  fs.writeFileSync(log, second)
  bench.rounds(11)
  assert.equal(waiting(bench), 1)
  fs.unlinkSync(other)
  while (bench.tailer.stats().files.length > 0) bench.round()
  fs.unlinkSync(oldest)
  bench.rounds(20)
  assert.deepEqual(
    [bench.lane.read, told(bench, 'bytesLost')],
    [['read\n', second], [`bytesLost pods ${link} container ${first.length} deleted_before_read`]],
  )
})
