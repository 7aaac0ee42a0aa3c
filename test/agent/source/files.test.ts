import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import test from 'node:test'
import zlib from 'node:zlib'
import { type Filesystem, realFilesystem } from '../../../lib/io/filesystem.ts'
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

const lostOf = (bench: Bench, folder: string): string[] =>
  bench.log.filter((line) => line.startsWith('bytesLost')).map((line) => line.replaceAll(folder, ''))

/** Runs a tailer over the file, and stops it with its positions saved. */
const readOnce = async (folder: string, log: string, turns = 1): Promise<Bench> => {
  const bench = createBench(folder, [filesSource([log])])
  bench.tailer.start()
  for (let i = 0; i < turns; i++) bench.lane.turn()
  bench.tailer.saveCheckpoint()
  await bench.tailer.close()
  return bench
}

test('copytruncate: the copy has what was not read yet, and the file goes on under a new identity', (t) => {
  const folder = temporaryFolder(t)
  const log = path.join(folder, 'app.log')
  fs.writeFileSync(log, 'one\n')
  const bench = startBench(t, folder, [filesSource([log])])
  fs.appendFileSync(log, 'two\n')
  fs.copyFileSync(log, `${log}.1`)
  fs.truncateSync(log)
  bench.round()
  fs.appendFileSync(log, 'one\n') // the same header again
  bench.rounds(3)
  assert.deepEqual(bench.lane.read, ['one\ntwo\n', 'one\n'])
  assert.equal(new Set(bench.lane.files.map((file) => file.fingerprint)).size, 2)
  assert.deepEqual(lostOf(bench, folder), [])
})

test('a file that was truncated without a copy: the unread rest is counted, slower lanes are told', (t) => {
  const folder = temporaryFolder(t)
  const log = path.join(folder, 'app.log')
  fs.writeFileSync(log, 'one\n')
  const bench = startBench(t, folder, [filesSource([log])])
  bench.lane.reading = false
  fs.appendFileSync(log, 'two\nthree\n')
  bench.round()
  fs.writeFileSync(log, '4\n')
  bench.round()
  bench.lane.reading = true
  bench.round()
  assert.deepEqual(bench.lane.read, ['one\n', '4\n'])
  assert.deepEqual(lostOf(bench, folder), ['bytesLost plain /app.log plain 10 truncated'])
})

test('a name that is not UTF-8 is refused with that reason, and not passed over in silence', (t) => {
  const folder = temporaryFolder(t)
  fs.writeFileSync(Buffer.concat([Buffer.from(`${folder}/bad`), Buffer.from([0xff]), Buffer.from('.log')]), 'one\n')
  const bench = startBench(t, folder, [filesSource([path.join(folder, '*.log')])])
  bench.rounds(25)
  assert.deepEqual(
    bench.log.filter((entry) => entry.startsWith('fileRefused')).map((entry) => entry.replaceAll(folder, '')),
    ['fileRefused plain /bad\ufffd.log its name is not UTF-8'],
  )
})

test('what was read of a file before it was truncated is nowhere else any more: the queue is to keep it on disk', (t) => {
  const folder = temporaryFolder(t)
  const log = path.join(folder, 'app.log')
  fs.writeFileSync(log, 'one\n')
  const bench = startBench(t, folder, [filesSource([log])])
  fs.writeFileSync(log, '2\n')
  bench.round()
  assert.deepEqual(
    bench.lane.files.map(({ vanishing }) => vanishing),
    [true, false],
  )
})

test('truncated and written past the old size between two looks: the new text is read from its beginning', (t) => {
  const folder = temporaryFolder(t)
  const log = path.join(folder, 'app.log')
  fs.writeFileSync(log, 'same\nold\n')
  const bench = startBench(t, folder, [filesSource([log])])
  fs.writeFileSync(log, 'same\nnew and longer\n')
  bench.rounds(2)
  assert.deepEqual(bench.lane.read, ['same\nold\n', 'same\nnew and longer\n'])
})

test('copytruncate, and the positions saved before the next look: nothing of the copy is read twice', (t) => {
  const folder = temporaryFolder(t)
  const log = path.join(folder, 'app.log')
  fs.writeFileSync(log, 'one\n')
  const bench = startBench(t, folder, [filesSource([log])])
  fs.appendFileSync(log, 'two\n')
  bench.rounds(2)
  fs.copyFileSync(log, `${log}.1`)
  fs.truncateSync(log, 0)
  fs.appendFileSync(log, 'three\n')
  bench.tailer.saveCheckpoint()
  bench.rounds(40)
  assert.deepEqual(bench.lane.read.filter((text) => text !== '').sort(), ['one\ntwo\n', 'three\n'].sort())
})

test('truncated and written to its old size between two looks: the new text is read', (t) => {
  const folder = temporaryFolder(t)
  const log = path.join(folder, 'app.log')
  fs.writeFileSync(log, 'one\n')
  const bench = startBench(t, folder, [filesSource([log])])
  bench.rounds(2)
  fs.writeFileSync(log, 'two\n')
  fs.utimesSync(log, new Date(), new Date(Date.now() + 1000)) // A write within the clock tick of the last one has its time.
  bench.rounds(2)
  assert.deepEqual(bench.lane.read, ['one\n', 'two\n'])
})

test('copytruncate while the agent was down: the rest is found in the copy', async (t) => {
  const folder = temporaryFolder(t)
  const log = path.join(folder, 'app.log')
  fs.writeFileSync(log, 'one\n')
  const first = await readOnce(folder, log)
  fs.appendFileSync(log, 'two\n')
  fs.copyFileSync(log, `${log}.1`)
  fs.truncateSync(log)
  fs.appendFileSync(log, 'other\n')
  const bench = startBench(t, folder, [filesSource([log])])
  bench.rounds(3)
  assert.deepEqual(bench.lane.read, ['two\n', 'other\n'])
  assert.equal(bench.lane.files[0]!.fingerprint, first.lane.files[0]!.fingerprint)
  assert.deepEqual(lostOf(bench, folder), [])
})

test('rotations while the agent was down: known files are resumed, newer ones read, older ones let be', async (t) => {
  const folder = temporaryFolder(t)
  const log = path.join(folder, 'syslog')
  fs.writeFileSync(`${log}.1`, 'last month\n')
  fs.writeFileSync(log, 'a\n')
  await readOnce(folder, log)
  fs.appendFileSync(log, 'b\n')
  fs.renameSync(`${log}.1`, `${log}.3`)
  fs.writeFileSync(`${log}.2.gz`, zlib.gzipSync(fs.readFileSync(log)))
  fs.renameSync(log, `${log}.gone`)
  fs.unlinkSync(`${log}.gone`)
  fs.writeFileSync(`${log}.1`, 'c\n')
  fs.writeFileSync(log, 'd\n')
  const bench = startBench(t, folder, [filesSource([log])])
  await until(() => {
    bench.round(100)
    return bench.lane.files.length === 3
  })
  assert.deepEqual(bench.lane.read, ['b\n', 'c\n', 'd\n'])
})

test('a file that is deleted while it is open is read to its end', (t) => {
  const folder = temporaryFolder(t)
  const log = path.join(folder, 'app.log')
  fs.writeFileSync(log, 'one\n')
  const bench = startBench(t, folder, [filesSource([log])])
  const writer = fs.openSync(log, 'a')
  fs.unlinkSync(log)
  fs.writeSync(writer, 'two\n')
  bench.round()
  assert.deepEqual([bench.lane.files[0]!.vanishing, bench.lane.files[0]!.state], [true, 'growing'])
  fs.writeSync(writer, 'three')
  fs.closeSync(writer)
  bench.rounds(8)
  assert.deepEqual(bench.lane.read, ['one\ntwo\nthree'])
  assert.deepEqual(lostOf(bench, folder), [])
  assert.deepEqual([bench.tailer.stats().openHandles, bench.lane.finished.size], [0, 1])
})

test('a deleted file that nobody takes gives its disk space back after its time, and is counted', (t) => {
  const folder = temporaryFolder(t)
  const log = path.join(folder, 'app.log')
  fs.writeFileSync(log, 'one\n')
  const bench = startBench(t, folder, [filesSource([log])], { deletedKeepMs: 60_000 })
  bench.lane.reading = false
  fs.appendFileSync(log, 'two\n')
  bench.round()
  fs.unlinkSync(log)
  bench.rounds(50)
  assert.deepEqual([bench.tailer.stats().openHandles, lostOf(bench, folder)], [1, []])
  bench.rounds(25)
  assert.deepEqual(
    [bench.tailer.stats().openHandles, lostOf(bench, folder)],
    [0, ['bytesLost plain /app.log plain 4 deleted_before_read']],
  )
  bench.lane.reading = true
  bench.round()
  assert.equal(bench.lane.finished.size, 1)
})

test('a new file in the inode of a deleted one is another file', (t) => {
  const folder = temporaryFolder(t)
  const log = path.join(folder, 'app.log')
  fs.writeFileSync(log, 'same\n')
  // An inode can only come again once nobody holds it: the handle is closed here by the bound.
  const other = path.join(folder, 'z.log')
  fs.writeFileSync(other, 'x\n')
  const bench = startBench(t, folder, [filesSource([log, other])], { maxOpenFiles: 1 })
  bench.round()
  const { ino } = fs.statSync(log)
  fs.unlinkSync(log)
  fs.writeFileSync(log, 'same\nmore\n')
  t.diagnostic(`inode reused: ${fs.statSync(log).ino === ino}`)
  bench.rounds(15)
  const texts = bench.lane.files.filter((file) => file.path === log).map((file) => bench.lane.texts.get(file)!.text)
  assert.deepEqual(texts, ['same\n', 'same\nmore\n'])
})

test('a file that is replaced by a directory, and comes back', (t) => {
  const folder = temporaryFolder(t)
  const log = path.join(folder, 'app.log')
  fs.writeFileSync(log, 'one\n')
  const bench = startBench(t, folder, [filesSource([log])])
  fs.unlinkSync(log)
  fs.mkdirSync(log)
  bench.rounds(12)
  assert.match(bench.log.join('\n'), /fileRefused plain .*app\.log it is a directory/)
  fs.rmdirSync(log)
  fs.writeFileSync(log, 'two\n')
  bench.rounds(12)
  assert.deepEqual(bench.lane.read, ['one\n', 'two\n'])
})

test('a file without permission is refused, and read once it may be', (t) => {
  const folder = temporaryFolder(t)
  const log = path.join(folder, 'app.log')
  fs.writeFileSync(log, 'one\n')
  let forbidden = true
  const files = {
    ...realFilesystem,
    open: (file: string, flags: number, mode?: number): number => {
      if (forbidden && file === log) throw Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' })
      return realFilesystem.open(file, flags, mode)
    },
  }
  const bench = startBench(t, folder, [filesSource([log])], {}, files)
  bench.rounds(30)
  assert.deepEqual(bench.log, [`fileRefused plain ${log} permission denied (EACCES)`])
  forbidden = false
  bench.rounds(10)
  assert.deepEqual(bench.lane.read, ['one\n'])
})

test('a link out of its folder is refused; one within it is followed', (t) => {
  const folder = temporaryFolder(t)
  const dir = path.join(folder, 'logs')
  fs.mkdirSync(dir)
  fs.writeFileSync(path.join(folder, 'secret'), 'secret\n')
  fs.writeFileSync(path.join(dir, 'real'), 'real\n')
  fs.symlinkSync(path.join(folder, 'secret'), path.join(dir, 'a.log'))
  fs.symlinkSync(path.join(dir, 'real'), path.join(dir, 'b.log'))
  const bench = startBench(t, folder, [filesSource([path.join(dir, '*.log')])])
  bench.round()
  assert.deepEqual(bench.lane.read, ['real\n'])
  assert.match(bench.log.join('\n'), /fileRefused plain .*a\.log it leads to .*secret, which is below none of: .*logs/)
})

test('globs take files at their depth, not compressed ones, not excluded ones', (t) => {
  const folder = temporaryFolder(t)
  for (const name of ['a.log', 'b.txt', 'c.log.gz', 'sub/d.log', 'sub/deep/e.log', 'skip.log']) {
    fs.mkdirSync(path.dirname(path.join(folder, 'x', name)), { recursive: true })
    fs.writeFileSync(path.join(folder, 'x', name), `${name}\n`)
  }
  const read = (glob: string): string[] =>
    startBench(t, fs.mkdtempSync(path.join(folder, 'run-')), [
      filesSource([path.join(folder, 'x', glob)], { exclude: [path.join(folder, 'x/skip.*')] }),
    ]).lane.read
  assert.deepEqual(read('*.log'), ['a.log\n'])
  assert.deepEqual(read('*'), ['a.log\n', 'b.txt\n'])
  assert.deepEqual(read('*/*.log'), ['sub/d.log\n'])
  assert.deepEqual(read('**/*.log'), ['a.log\n', 'sub/d.log\n', 'sub/deep/e.log\n'])
})

test('a rotated file that a glob takes too is not read twice', (t) => {
  const folder = temporaryFolder(t)
  const dir = path.join(folder, 'logs')
  fs.mkdirSync(dir)
  const log = path.join(dir, 'app.log')
  fs.writeFileSync(log, 'a\n')
  const bench = startBench(t, folder, [filesSource([path.join(dir, '*')])])
  for (const [text, from] of [
    ['b\n', 0],
    ['c\n', 1],
  ] as const) {
    for (let n = from; n >= 0; n--) fs.renameSync(n === 0 ? log : `${log}.${n}`, `${log}.${n + 1}`)
    fs.writeFileSync(log, text)
    bench.rounds(12)
  }
  assert.deepEqual(
    bench.lane.read.filter((text) => text !== ''),
    ['a\n', 'b\n', 'c\n'],
  )
})

test('more files than handles: every line is read, and no more are open than allowed', (t) => {
  const folder = temporaryFolder(t)
  const dir = path.join(folder, 'logs')
  fs.mkdirSync(dir)
  const names = Array.from({ length: 60 }, (_, i) => path.join(dir, `f${String(i).padStart(2, '0')}.log`))
  for (const name of names) fs.writeFileSync(name, `${name}\n`)
  const bench = startBench(t, folder, [filesSource([path.join(dir, '*.log')])], { maxOpenFiles: 10 })
  bench.round()
  for (const name of names) fs.appendFileSync(name, 'more\n')
  bench.rounds(3)
  fs.renameSync(names[0]!, `${names[0]}.1`) // its handle is closed by now
  fs.appendFileSync(`${names[0]}.1`, 'late\n')
  fs.writeFileSync(names[0]!, 'next\n')
  bench.rounds(12)
  assert.ok(bench.tailer.stats().openHandles <= 10)
  const [first, ...rest] = names.map((name) => `${name}\nmore\n`)
  assert.deepEqual(bench.lane.read.sort(), [`${first}late\n`, 'next\n', ...rest].sort())
  assert.deepEqual(lostOf(bench, folder), [])
})

test('a file that is deleted while its handle is closed and its rest unread is counted', (t) => {
  const folder = temporaryFolder(t)
  const [a, b] = [path.join(folder, 'a.log'), path.join(folder, 'b.log')]
  fs.writeFileSync(a, 'a\n')
  fs.writeFileSync(b, 'b\n')
  const bench = startBench(t, folder, [filesSource([a, b])], { maxOpenFiles: 1 })
  bench.lane.reading = false
  fs.appendFileSync(a, 'more\n')
  bench.rounds(3)
  fs.appendFileSync(b, 'more\n')
  bench.rounds(3)
  fs.unlinkSync(a)
  bench.rounds(3)
  bench.lane.reading = true
  bench.rounds(3)
  assert.deepEqual(bench.lane.read, ['a\n', 'b\nmore\n'])
  assert.deepEqual(lostOf(bench, folder), ['bytesLost plain /a.log plain 5 deleted_before_read'])
})

test('read_from end: what is there is let be, from the next line on; later files are read whole', (t) => {
  const folder = temporaryFolder(t)
  const dir = path.join(folder, 'logs')
  fs.mkdirSync(dir)
  const log = path.join(dir, 'app.log')
  fs.writeFileSync(log, 'old\nhalf')
  const bench = startBench(t, folder, [filesSource([path.join(dir, '*')])], { readFrom: 'end' })
  fs.appendFileSync(log, ' a line\n')
  fs.writeFileSync(path.join(dir, 'later.log'), 'later\n')
  bench.rounds(12)
  assert.deepEqual(bench.lane.read, ['half a line\n', 'later\n'])
})

test('read_from end counts for the first start only: what was written while the agent was away is read', async (t) => {
  const folder = temporaryFolder(t)
  const dir = path.join(folder, 'logs')
  fs.mkdirSync(dir)
  fs.writeFileSync(path.join(dir, 'a.log'), 'old\n')
  const sources = [filesSource([path.join(dir, '*')])]
  const first = createBench(folder, sources, { readFrom: 'end' })
  first.tailer.start()
  first.tailer.saveCheckpoint()
  await first.tailer.close()
  fs.appendFileSync(path.join(dir, 'a.log'), 'new\n')
  fs.writeFileSync(path.join(dir, 'b.log'), 'b\n')
  const bench = startBench(t, folder, sources, { readFrom: 'end' })
  assert.deepEqual(bench.lane.read, ['new\n', 'b\n'])
})

test('ignore_older: an old file is read from the next write on', (t) => {
  const folder = temporaryFolder(t)
  const log = path.join(folder, 'app.log')
  fs.writeFileSync(log, 'ancient\n')
  fs.utimesSync(log, 1000, 1000)
  const bench = startBench(t, folder, [filesSource([log])], { ignoreOlderMs: 60_000 })
  fs.appendFileSync(log, 'fresh\n')
  bench.round()
  assert.deepEqual(bench.lane.read, ['fresh\n'])
})

test('a rotated file that was removed while the agent was down is counted', async (t) => {
  const folder = temporaryFolder(t)
  const { log, link } = makeContainer(folder)
  const [one, two] = [cri('one'), cri('two')]
  fs.writeFileSync(log, one)
  const first = createBench(folder, [containersSource(folder)])
  first.tailer.start()
  first.lane.turn()
  first.lane.reading = false
  fs.appendFileSync(log, two)
  first.round()
  first.tailer.saveCheckpoint()
  await first.tailer.close()
  fs.unlinkSync(log)
  const bench = startBench(t, folder, [containersSource(folder)])
  assert.deepEqual(
    bench.log.filter((line) => line.startsWith('bytesLost')),
    [],
    'one look may have missed it',
  )
  for (let i = 0; i < 40; i++) {
    bench.round()
    bench.tailer.saveCheckpoint()
  }
  assert.deepEqual(
    bench.log.filter((line) => line.startsWith('bytesLost')),
    [`bytesLost pods ${link} container ${two.length} rotated_away`],
  )
})

test('once: each file is final at the size that it has, with its unterminated line; then it is drained', (t) => {
  const folder = temporaryFolder(t)
  const dir = path.join(folder, 'logs')
  fs.mkdirSync(dir)
  for (const [name, text] of [
    ['a', 'one\ntwo'],
    ['b', ''],
    ['c', 'half'],
  ])
    fs.writeFileSync(path.join(dir, name!), text!)
  const bench = createBench(folder, [filesSource([path.join(dir, '*')])], { once: true })
  t.after(() => bench.tailer.close())
  bench.tailer.start()
  fs.appendFileSync(path.join(dir, 'a'), ' and more\n')
  fs.writeFileSync(path.join(dir, 'd'), 'too late\n')
  assert.equal(bench.tailer.drained(), false)
  bench.rounds(12)
  assert.deepEqual(bench.lane.read, ['one\ntwo', 'half'])
  assert.deepEqual(
    bench.lane.files.map((file) => file.state),
    ['final', 'final'],
  )
  assert.equal(bench.tailer.drained(), true)
})

test('a lane that is new reads from the beginning what others have read', async (t) => {
  const folder = temporaryFolder(t)
  const log = path.join(folder, 'app.log')
  fs.writeFileSync(log, 'one\n')
  await readOnce(folder, log)
  const bench = startBench(t, folder, [filesSource([log])], { lanes: ['new', 'out'] })
  assert.deepEqual(bench.lane.read, ['one\n'])
})

test('late writes to a file that counted as finished are read all the same', (t) => {
  const folder = temporaryFolder(t)
  const { log } = makeContainer(folder)
  const lines = ['one', 'two', 'late'].map(cri)
  fs.writeFileSync(log, lines[0]!)
  const bench = startBench(t, folder, [containersSource(folder)])
  const writer = fs.openSync(log, 'a')
  fs.renameSync(log, `${log}.20261121-060708`)
  fs.writeFileSync(log, lines[1]!)
  bench.rounds(5)
  assert.equal(bench.lane.finished.size, 1)
  fs.writeSync(writer, lines[2]!)
  fs.closeSync(writer)
  bench.rounds(12)
  assert.deepEqual(bench.lane.read, [lines[0], lines[1], lines[2]])
  assert.equal(bench.lane.files[2]!.fingerprint, bench.lane.files[0]!.fingerprint)
})

test('a bad block in one file keeps nobody from saving positions', (t) => {
  const folder = temporaryFolder(t)
  const [bad, good] = [path.join(folder, 'bad.log'), path.join(folder, 'good.log')]
  for (const file of [bad, good]) fs.writeFileSync(file, 'one\n')
  let broken = -1
  const files: Filesystem = {
    ...realFilesystem,
    open: (file, flags, mode) => {
      const fd = realFilesystem.open(file, flags, mode)
      if (file === bad) broken = fd
      return fd
    },
    read: (fd, target, offset) => {
      if (fd === broken && reading) throw Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' })
      return realFilesystem.read(fd, target, offset)
    },
  }
  let reading = false
  const bench = createBench(folder, [filesSource([bad, good])], {}, files)
  t.after(() => bench.tailer.close())
  bench.tailer.start()
  bench.lane.turn()
  reading = true
  bench.tailer.saveCheckpoint()
  assert.match(bench.log.join('\n'), /readFailed plain .*bad\.log plain EIO/)
  const saved = fs.readFileSync(path.join(folder, 'state/positions.json'), 'utf8')
  for (const file of [bad, good]) assert.ok(saved.includes(`"path":"${file}"`), saved)
})
