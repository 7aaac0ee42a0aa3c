import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import test, { type TestContext } from 'node:test'
import zlib from 'node:zlib'
import type { TailerOptions } from '../../../agent/source/options.ts'
import { retryDelayMs } from '../../../agent/source/read-trouble.ts'
import {
  type Bench,
  containersSource,
  createBench,
  cri,
  filesSource,
  makeContainer,
  startBench,
  temporaryFolder,
  until,
} from './support/bench.ts'
import { createFaultyFiles, type FaultyFiles } from './support/faulty-files.ts'

const of = (bench: Bench, ...names: string[]): string[] =>
  bench.log.filter((line) => names.some((name) => line.startsWith(`${name} `)))

test('delays grow up to a minute', () => {
  assert.deepEqual([1, 2, 3, 6, 7, 8, 1000].map(retryDelayMs), [1000, 2000, 4000, 32_000, 60_000, 60_000, 60_000])
})

for (const [what, options] of [
  ['from the beginning', {}],
  ['from the end', { readFrom: 'end' }],
  ['once', { once: true }],
] as const)
  test(`a file whose first bytes cannot be read, read ${what}, leaves no handle behind at each look; its neighbour is read`, (t) => {
    const folder = temporaryFolder(t)
    const [bad, good] = [path.join(folder, 'bad.log'), path.join(folder, 'good.log')]
    for (const file of [bad, good]) fs.writeFileSync(file, 'before\n')
    const files = createFaultyFiles()
    files.decide = (call, file) => (call === 'read' && file === bad ? 'EIO' : undefined)
    const bench = startBench(t, folder, [filesSource([bad, good])], options, files)
    bench.rounds(50)
    fs.appendFileSync(good, 'after\n')
    bench.rounds(2)
    const text = { 'from the beginning': 'before\nafter\n', 'from the end': 'after\n', once: 'before\n' }[what]
    assert.deepEqual(
      { read: bench.lane.read, open: files.opened().filter((file) => file === bad), told: of(bench, 'fileRefused') },
      { read: [text], open: [], told: [`fileRefused plain ${bad} it cannot be read (EIO: read)`] },
    )
  })

test('a file whose descriptor cannot be looked at is closed again', (t) => {
  const folder = temporaryFolder(t)
  const log = path.join(folder, 'a.log')
  fs.writeFileSync(log, 'one\n')
  const files = createFaultyFiles()
  files.decide = (call, file) => (call === 'fstat' && file === log ? 'EIO' : undefined)
  const bench = startBench(t, folder, [filesSource([log])], {}, files)
  bench.rounds(50)
  assert.deepEqual(files.opened(), [])
  files.decide = () => undefined
  bench.rounds(11)
  assert.deepEqual(bench.lane.read, ['one\n'])
})

test('one member of a log that cannot be read keeps the others from nothing, and is read when it can be', (t) => {
  const folder = temporaryFolder(t)
  const { log } = makeContainer(folder)
  const lines = ['old', 'live'].map(cri)
  fs.writeFileSync(`${log}.20261121-060708`, lines[0]!)
  fs.writeFileSync(log, lines[1]!)
  const files = createFaultyFiles()
  files.decide = (call, file) => (call === 'read' && file.endsWith('060708') ? 'EIO' : undefined)
  const bench = startBench(t, folder, [containersSource(folder)], {}, files)
  bench.rounds(3)
  assert.deepEqual(bench.lane.read, [lines[1]])
  files.decide = () => undefined
  bench.rounds(12)
  assert.deepEqual([bench.lane.read, of(bench, 'bytesLost')], [[lines[1], lines[0]], []])
})

for (const code of ['EIO', 'EINTR', 'EAGAIN'])
  test(`a read that fails once with ${code} loses nothing`, (t) => {
    const folder = temporaryFolder(t)
    const log = path.join(folder, 'a.log')
    fs.writeFileSync(log, 'one\n')
    const files = createFaultyFiles()
    const bench = startBench(t, folder, [filesSource([log])], {}, files)
    fs.appendFileSync(log, 'two\n')
    let failures = 1
    // The lane reads from 4; header and end are looked at from 0.
    files.decide = (call, file, offset) =>
      call === 'read' && file === log && offset === 4 && failures-- > 0 ? code : undefined
    bench.rounds(5)
    const told =
      code === 'EIO' ? [`readFailed plain ${log} plain EIO: read 1 1000`, `readResumed plain ${log} 1000`] : []
    assert.deepEqual(
      { read: bench.lane.read, lost: of(bench, 'bytesLost'), told: of(bench, 'readFailed', 'readResumed') },
      { read: ['one\ntwo\n'], lost: [], told },
    )
  })

const stuck = (t: TestContext, options: Partial<TailerOptions> = {}) => {
  const folder = temporaryFolder(t)
  const [bad, good] = [path.join(folder, 'bad.log'), path.join(folder, 'good.log')]
  for (const file of [bad, good]) fs.writeFileSync(file, 'one\n')
  const files = createFaultyFiles()
  const bench = startBench(t, folder, [filesSource([bad, good])], options, files)
  fs.appendFileSync(bad, 'two\nthree\n')
  files.badFrom = (file) => (file.startsWith(bad) ? 8 : Number.POSITIVE_INFINITY)
  files.decide = (call, file, offset) => (call === 'read' && file.startsWith(bad) && offset >= 8 ? 'EIO' : undefined)
  const tries = (): number => files.calls.filter((call) => call === `read ${bad}`).length
  return { folder, bad, good, files, bench, tries }
}

test('a read error that stays is retried ever more rarely and told of; what is before it is read, and neighbours are', (t) => {
  const { bad, good, bench, tries } = stuck(t)
  bench.rounds(70)
  fs.appendFileSync(good, 'two\n')
  const before = tries()
  bench.rounds(50)
  assert.ok(tries() - before <= 8, `${tries() - before} reads of the bad file in 50 s`)
  assert.deepEqual(
    { read: bench.lane.read, lost: of(bench, 'bytesLost'), unreadable: bench.tailer.stats().unreadable },
    { read: ['one\ntwo\n', 'one\ntwo\n'], lost: [], unreadable: 1 },
  )
  assert.deepEqual(
    of(bench, 'readFailed').map((line) => line.split(' ').slice(-2).map(Number)),
    [1, 2, 3, 4, 5, 6, 7].map((attempt) => [attempt, retryDelayMs(attempt)]),
    `every try of ${bad} is told once`,
  )
})

test('a read error that ends: the rest is read, under the same identity', (t) => {
  const { bench, files } = stuck(t)
  bench.rounds(30)
  files.decide = () => undefined
  bench.rounds(40)
  assert.deepEqual(
    { read: bench.lane.read, lost: of(bench, 'bytesLost'), unreadable: bench.tailer.stats().unreadable },
    { read: ['one\ntwo\nthree\n', 'one\n'], lost: [], unreadable: 0 },
  )
  assert.match(of(bench, 'readResumed').join(), /^readResumed plain .*bad\.log \d+$/)
})

test('a file that cannot be read and is deleted is waited for until deleted_keep, then its rest is counted, once', (t) => {
  const { bad, bench } = stuck(t, { deletedKeepMs: 60_000 })
  bench.rounds(5)
  fs.unlinkSync(bad)
  bench.rounds(50)
  assert.deepEqual(of(bench, 'bytesLost'), [])
  bench.rounds(30)
  assert.deepEqual(
    { lost: of(bench, 'bytesLost'), finished: bench.lane.finished.size, open: bench.tailer.stats().openHandles },
    { lost: [`bytesLost plain ${bad} plain 6 unreadable`], finished: 1, open: 1 },
  )
})

test('a file that cannot be read, rotated while it cannot: the next one is read meanwhile, its own rest later', (t) => {
  const { bad, bench, files } = stuck(t)
  bench.rounds(5)
  fs.renameSync(bad, `${bad}.1`)
  fs.writeFileSync(bad, 'next\n') // Short enough to have no bad block.
  files.decide = (call, file, offset) => (call === 'read' && file === `${bad}.1` && offset >= 8 ? 'EIO' : undefined)
  bench.rounds(20)
  assert.equal(bench.lane.files.length, 3)
  files.decide = () => undefined
  bench.rounds(70)
  assert.deepEqual([bench.lane.read, of(bench, 'bytesLost')], [['one\ntwo\nthree\n', 'one\n', 'next\n'], []])
})

test('--once tries a while and then ends; what could not be read is counted and read by the next run', async (t) => {
  const folder = temporaryFolder(t)
  const log = path.join(folder, 'a.log')
  fs.writeFileSync(log, 'one\ntwo\n')
  const files = createFaultyFiles()
  const bench = createBench(folder, [filesSource([log])], { once: true }, files)
  bench.tailer.start()
  files.decide = (call, file, offset) => (call === 'read' && file === log && offset + 1000 >= 4 ? 'EIO' : undefined)
  bench.rounds(12)
  assert.equal(bench.tailer.drained(), false)
  bench.rounds(30)
  assert.deepEqual(
    [bench.tailer.drained(), of(bench, 'bytesLost')],
    [true, [`bytesLost plain ${log} plain 8 unreadable`]],
  )
  bench.tailer.saveCheckpoint()
  await bench.tailer.close()
  const next = startBench(t, folder, [filesSource([log])], { once: true })
  next.rounds(2)
  assert.deepEqual(next.lane.read, ['one\ntwo\n'])
})

test('a file whose handle was closed and that may not be opened again is told of, and read once it may be', (t) => {
  const folder = temporaryFolder(t)
  const [a, b] = [path.join(folder, 'a.log'), path.join(folder, 'b.log')]
  for (const file of [a, b]) fs.writeFileSync(file, 'one\n')
  const files = createFaultyFiles()
  const bench = startBench(t, folder, [filesSource([a, b])], { maxOpenFiles: 1 }, files)
  bench.lane.reading = false
  fs.appendFileSync(a, 'two\n')
  bench.rounds(3)
  fs.appendFileSync(b, 'two\n')
  bench.rounds(3)
  files.decide = (call, file) => (call === 'open' && file === a ? 'EACCES' : undefined)
  bench.lane.reading = true
  bench.rounds(20)
  assert.deepEqual(bench.lane.read, ['one\n', 'one\ntwo\n'])
  assert.match(of(bench, 'readFailed')[0]!, /readFailed plain .*a\.log plain permission denied \(EACCES\) 1 1000/)
  files.decide = () => undefined
  bench.rounds(40)
  assert.deepEqual([bench.lane.read, of(bench, 'bytesLost')], [['one\ntwo\n', 'one\ntwo\n'], []])
})

test('a file that cannot be read at the start is not forgotten while it is there, and counts as unreadable when it is gone', async (t) => {
  const folder = temporaryFolder(t)
  const log = path.join(folder, 'a.log')
  fs.writeFileSync(log, 'one\n')
  const first = createBench(folder, [filesSource([log])])
  first.tailer.start()
  first.lane.turn()
  first.lane.reading = false
  fs.appendFileSync(log, 'two\n')
  first.round()
  first.tailer.saveCheckpoint()
  await first.tailer.close()
  const files = createFaultyFiles()
  files.decide = (call, file) => (call === 'read' && file === log ? 'EIO' : undefined)
  const second = startBench(t, folder, [filesSource([log])], { forgetMs: 60_000 }, files)
  const pass = (rounds: number): void => {
    for (let i = 0; i < rounds; i++) {
      second.round()
      second.tailer.saveCheckpoint()
    }
  }
  pass(200)
  assert.deepEqual(of(second, 'bytesLost'), [])
  fs.unlinkSync(log)
  pass(100)
  assert.deepEqual(of(second, 'bytesLost'), [`bytesLost plain ${log} plain 4 unreadable`])
})

/** A rotated, compressed file from before the start, and the disk that it is on. */
const archived = (t: TestContext, decide: (archive: string) => FaultyFiles['decide']) => {
  const folder = temporaryFolder(t)
  const { log } = makeContainer(folder)
  const lines = ['old', 'live'].map(cri)
  const archive = `${log}.20261121-060708.gz`
  fs.writeFileSync(archive, zlib.gzipSync(lines[0]!))
  fs.writeFileSync(log, lines[1]!)
  const files = createFaultyFiles()
  files.decide = decide(archive)
  const bench = startBench(t, folder, [containersSource(folder)], {}, files)
  return { archive, lines, files, bench }
}

/** Not its head and not its trailer: it is inflated in steps of 4096 bytes. */
const badBlock =
  (archive: string): FaultyFiles['decide'] =>
  (call, file, _, length) =>
    call === 'read' && file === archive && length === 4096 ? 'EIO' : undefined

test('an archive that cannot be read for a while is inflated later, its log goes on meanwhile', async (t) => {
  const { lines, files, bench } = archived(t, badBlock)
  await until(() => {
    bench.round(100)
    return of(bench, 'readFailed').length === 3
  })
  bench.round()
  assert.deepEqual(bench.lane.read, [lines[1]])
  files.decide = () => undefined
  await until(() => {
    bench.round()
    return bench.lane.files.length === 2
  })
  assert.deepEqual([bench.lane.read.sort(), of(bench, 'bytesLost')], [[...lines].sort(), []])
})

test('an archive that stays unreadable is given up after some tries, and counted', async (t) => {
  const { archive, files, bench } = archived(t, badBlock)
  await until(() => {
    bench.round()
    return of(bench, 'bytesLost').length > 0
  })
  assert.match(of(bench, 'bytesLost').join(), /^bytesLost pods .* container \d+ unreadable$/)
  assert.equal(of(bench, 'readFailed').length, 4)
  assert.deepEqual(
    files.opened().filter((file) => file === archive),
    [],
  )
})

/** Two archives from before the start; only one at a time is inflated. */
const twoArchives = (t: TestContext) => {
  const folder = temporaryFolder(t)
  const { log } = makeContainer(folder)
  const lines = ['oldest', 'old', 'live'].map(cri)
  const archives = ['08', '09'].map((second) => `${log}.20261121-0607${second}.gz`)
  for (const [i, archive] of archives.entries()) fs.writeFileSync(archive, zlib.gzipSync(lines[i]!))
  fs.writeFileSync(log, lines[2]!)
  return { folder, lines, archives }
}

test('an archive that is deleted while it waits for its turn is read all the same', async (t) => {
  const { folder, lines, archives } = twoArchives(t)
  const bench = startBench(t, folder, [containersSource(folder)])
  fs.unlinkSync(archives[1]!)
  await until(() => {
    bench.round(100)
    return bench.lane.read.length === 3
  })
  assert.deepEqual([bench.lane.read, of(bench, 'bytesLost')], [lines, []])
})

test('newer files wait for an archive that was renamed before its turn came', async (t) => {
  const { folder, lines, archives } = twoArchives(t)
  const bench = startBench(t, folder, [containersSource(folder)], { maxOpenFiles: 1 })
  await until(() => {
    bench.tailer.poll()
    return bench.lane.files.length === 1
  })
  fs.renameSync(archives[1]!, archives[1]!.replace('.gz', '.1.gz'))
  await until(() => {
    bench.round(1)
    return of(bench, 'readFailed').length === 1
  })
  await until(() => {
    bench.round()
    return bench.lane.read.length === lines.length
  })
  assert.deepEqual([bench.lane.read, of(bench, 'bytesLost')], [lines, []])
})

test('an archive that is gone when its turn comes, and of which no handle could be had, is counted lost', async (t) => {
  const { folder, lines, archives } = twoArchives(t)
  const gone = archives[1]!
  const files = createFaultyFiles()
  let opened = 0
  // The first look is into its head: it is identified, and then there is no handle left.
  files.decide = (call, file) => (call === 'open' && file === gone && ++opened > 1 ? 'EMFILE' : undefined)
  const bench = startBench(t, folder, [containersSource(folder)], {}, files)
  fs.unlinkSync(gone)
  files.decide = () => undefined
  await until(() => {
    bench.round()
    return of(bench, 'bytesLost').length > 0
  })
  const bytes = Buffer.byteLength(lines[1]!)
  const lost = of(bench, 'bytesLost').join()
  assert.match(lost, new RegExp(`^bytesLost pods .* container ${bytes} deleted_before_read$`))
})

test('an inflated file whose folder refuses to unlink it leaves no handle open', async (t) => {
  const { files, bench } = archived(
    t,
    () => (call, file) => (call === 'unlink' && file.endsWith('inflated.tmp') ? 'EIO' : undefined),
  )
  await until(() => {
    bench.round(10_000)
    return of(bench, 'discoveryFailed').length >= 3
  })
  assert.deepEqual(
    files.opened().filter((file) => file.includes('inflated')),
    [],
  )
})

test('an archive whose first bytes cannot be read is refused once, and does not keep its log from being read', (t) => {
  const folder = temporaryFolder(t)
  const { log } = makeContainer(folder)
  const line = cri('live')
  const archive = `${log}.20261121-060708.gz`
  fs.writeFileSync(archive, zlib.gzipSync(cri('old')))
  fs.writeFileSync(log, line)
  const files = createFaultyFiles()
  files.decide = (call, file) => (call === 'read' && file === archive ? 'EIO' : undefined)
  const bench = startBench(t, folder, [containersSource(folder)], {}, files)
  bench.rounds(40)
  assert.deepEqual(
    [bench.lane.read, of(bench, 'fileRefused'), files.opened().filter((file) => file === archive)],
    [[line], [`fileRefused pods ${archive} it cannot be read (EIO: read)`], []],
  )
})

test('a copy that cannot be read for a while is found later: the truncated rest is not lost', (t) => {
  const folder = temporaryFolder(t)
  const log = path.join(folder, 'a.log')
  fs.writeFileSync(log, 'one\n')
  const files = createFaultyFiles()
  const bench = startBench(t, folder, [filesSource([log])], {}, files)
  bench.lane.reading = false
  fs.appendFileSync(log, 'two\n')
  bench.round()
  files.decide = (call, file) => (call === 'read' && file === `${log}.1` ? 'EIO' : undefined)
  fs.copyFileSync(log, `${log}.1`)
  fs.truncateSync(log, 0)
  fs.appendFileSync(log, 'x\n')
  bench.rounds(4)
  files.decide = () => undefined
  bench.lane.reading = true
  bench.rounds(20)
  assert.deepEqual([bench.lane.read, of(bench, 'bytesLost')], [['one\ntwo\n', 'x\n'], []])
})

test('newer files wait for as many archives as there are, while the line of them moves on', async (t) => {
  const folder = temporaryFolder(t)
  const { log } = makeContainer(folder)
  const lines = ['a', 'b', 'c', 'd', 'e', 'live'].map(cri)
  for (const [i, line] of lines.slice(0, 5).entries())
    fs.writeFileSync(`${log}.20261121-06070${i}.gz`, zlib.gzipSync(line))
  fs.writeFileSync(log, lines[5]!)
  const bench = startBench(t, folder, [containersSource(folder)])
  await until(() => {
    bench.round(25_000)
    return bench.lane.read.length === lines.length
  })
  assert.deepEqual(bench.lane.read, lines)
})

/** Logs with an archive and a live file each, from before the start. */
const archivedLogs = (folder: string, count: number): string[][] =>
  Array.from({ length: count }, (_, i) => {
    const { log } = makeContainer(folder, `web-${i}`)
    const lines = ['old', 'live'].map(cri)
    fs.writeFileSync(`${log}.20261121-060708.gz`, zlib.gzipSync(lines[0]!))
    fs.writeFileSync(log, lines[1]!)
    return lines
  })

const readOf = (bench: Bench, i: number): string[] =>
  bench.lane.files
    .filter((file) => file.path.includes(`/web-${i}_`))
    .map((file) => bench.lane.texts.get(file)!.text)
    .filter((text) => text !== '')

test('newer files wait for their archives however long lanes cannot read: after an outage they came first', async (t) => {
  const folder = temporaryFolder(t)
  const lines = archivedLogs(folder, 12)
  const bench = startBench(t, folder, [containersSource(folder)])
  bench.lane.reading = false
  for (let i = 0; i < 30; i++) {
    bench.round(30_000)
    await new Promise(setImmediate)
  }
  bench.lane.reading = true
  await until(() => {
    bench.round()
    return lines.every((_, i) => readOf(bench, i).length === 2)
  })
  assert.deepEqual(
    lines.map((_, i) => readOf(bench, i)),
    lines,
  )
})

test('archives that one output does not read do not keep those of other logs from being inflated', async (t) => {
  const folder = temporaryFolder(t)
  const lines = archivedLogs(folder, 4)
  const bench = startBench(t, folder, [containersSource(folder)])
  bench.lane.reading = false
  await until(() => {
    bench.round(1)
    return bench.lane.files.length > 0
  })
  const held = bench.lane.files[0]!
  bench.lane.finished.add(held) // As if it were: the lane does not look at it.
  bench.lane.reading = true
  await until(() => {
    bench.round(10_000)
    return [1, 2, 3].every((i) => readOf(bench, i).length === 2)
  })
  assert.deepEqual(
    [1, 2, 3].map((i) => readOf(bench, i)),
    lines.slice(1),
  )
})

/** As while there is no verdict, or a record is open: each file is read to its end, and none is through. */
const readOnly = ({ lane }: Bench): void => {
  const target = Buffer.alloc(4096)
  lane.reading = false
  for (const file of lane.files) file.read(target, 0)
}

test('archives that are read to their ends, and wait for verdicts, hold up none of other logs', async (t) => {
  const folder = temporaryFolder(t)
  const logs = archivedLogs(folder, 20)
  const bench = startBench(t, folder, [containersSource(folder)])
  await until(() => {
    readOnly(bench)
    bench.round(1)
    return bench.lane.files.length === 2 * logs.length
  })
})

test('a log that waits for an archive is listed once by a look at everything, however often its container was restarted', (t) => {
  const folder = temporaryFolder(t)
  const { log, dir } = makeContainer(folder)
  fs.unlinkSync(log)
  for (let restart = 0; restart < 30; restart++) {
    fs.writeFileSync(path.join(dir, `${restart}.log.20261121-060708.gz`), zlib.gzipSync(cri('old')))
    fs.writeFileSync(path.join(dir, `${restart}.log`), cri('live'))
  }
  const files = createFaultyFiles()
  startBench(t, folder, [containersSource(folder)], {}, files)
  assert.equal(files.calls.filter((call) => call === `readdir ${dir}`).length, 1)
})

test('of archives that nobody lets go of there are 33 copies at most', async (t) => {
  const folder = temporaryFolder(t)
  const logs = archivedLogs(folder, 36)
  const bench = startBench(t, folder, [containersSource(folder)])
  for (let i = 0; i < 200; i++) {
    readOnly(bench)
    bench.round(1)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  assert.deepEqual([bench.lane.files.length, bench.tailer.stats().archivesWaiting], [2 * 33, 3])
  bench.lane.reading = true
  await until(() => {
    bench.round()
    return logs.every((_, i) => readOf(bench, i).length === 2)
  })
})

test('an older file that is compressed after a newer archive was inflated is inflated before that one is read', async (t) => {
  const folder = temporaryFolder(t)
  const { log } = makeContainer(folder)
  const lines = ['old', 'archived', 'live'].map(cri)
  const [old, archive] = [`${log}.20261121-060708`, `${log}.20261121-060709.gz`]
  fs.writeFileSync(old, lines[0]!)
  fs.writeFileSync(archive, zlib.gzipSync(lines[1]!))
  fs.writeFileSync(log, lines[2]!)
  const bench = startBench(t, folder, [containersSource(folder)], { maxOpenFiles: 1 })
  bench.lane.reading = false
  await until(() => {
    bench.round(100)
    return bench.lane.files.length === 3
  })
  fs.writeFileSync(`${old}.gz`, zlib.gzipSync(lines[0]!))
  fs.unlinkSync(old)
  const oldest = bench.lane.files[0]!
  bench.rounds(12)
  assert.equal(oldest.waiting, true)
  // Long before it is given up.
  await until(() => {
    bench.round(1)
    return oldest.waiting === false
  })
  bench.lane.reading = true
  bench.rounds(3)
  assert.deepEqual(bench.lane.read, lines)
})

test('an archive whose last record goes on in the next one does not keep that one from being inflated', async (t) => {
  const { folder, lines } = twoArchives(t)
  const bench = startBench(t, folder, [containersSource(folder)])
  // As while a record is open: each file is read to its end, and none is through.
  bench.lane.reading = false
  const target = Buffer.alloc(4096)
  await until(() => {
    bench.round(1) // Long before anything is given up.
    for (const file of bench.lane.files) file.read(target, 0)
    return bench.lane.files.length === lines.length
  })
  assert.deepEqual(
    bench.lane.files.map((file) => target.toString('utf8', 0, file.read(target, 0))),
    lines,
  )
})
