import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import test, { type TestContext } from 'node:test'
import zlib from 'node:zlib'
import {
  type Bench,
  containersSource,
  cri,
  filesSource,
  makeContainer,
  startBench,
  temporaryFolder,
  until,
} from './support/bench.ts'

const lostOf = (bench: Bench): string[] => bench.log.filter((line) => line.startsWith('bytesLost'))
const KIB = 1024

/** Three logs of 100 KiB that no output takes; the limit is two of them and a bit. */
const threeDeleted = (t: TestContext) => {
  const folder = temporaryFolder(t)
  const names = ['a.log', 'b.log', 'c.log'].map((name) => path.join(folder, name))
  for (const name of names) fs.writeFileSync(name, `${path.basename(name)}\n`.padStart(100 * KIB, '.'))
  const bench = startBench(t, folder, [filesSource(names)], { deletedKeepBytes: 250 * KIB, readFrom: 'beginning' })
  bench.lane.reading = false
  return { names, bench }
}

test('deleted files keep no more disk space than they may: the longest gone is given up, and counted', (t) => {
  const { names, bench } = threeDeleted(t)
  // startBench's lane has read what was there; what comes now it has not.
  for (const name of names) fs.appendFileSync(name, 'unread\n')
  bench.round()
  for (const name of names) {
    fs.unlinkSync(name)
    bench.round()
  }
  bench.rounds(3)
  const held = 2 * (100 * KIB + 'unread\n'.length)
  assert.deepEqual(
    { lost: lostOf(bench), held: bench.tailer.stats().deletedHeldBytes, open: bench.tailer.stats().openHandles },
    { lost: [`bytesLost plain ${names[0]} plain 7 deleted_before_read`], held, open: 2 },
  )
  bench.lane.reading = true
  bench.rounds(10)
  const ends = bench.lane.read.map((text) => text.slice(-13))
  assert.deepEqual(
    ends,
    ['......a.log\n', 'b.log\nunread\n', 'c.log\nunread\n'].map((end) => end.slice(-13).padStart(13, '.')),
  )
  assert.deepEqual(
    [bench.tailer.stats().deletedHeldBytes, bench.tailer.stats().deletedUnsettledBytes, lostOf(bench).length],
    [0, 0, 1],
  )
})

test('many small deleted files are bounded as well: each counts for 64 KiB', (t) => {
  const folder = temporaryFolder(t)
  const names = Array.from({ length: 10 }, (_, i) => path.join(folder, `${i}.log`))
  for (const name of names) fs.writeFileSync(name, 'x\n')
  const bench = startBench(t, folder, [filesSource(names)], { deletedKeepBytes: 256 * KIB })
  bench.lane.reading = false
  for (const name of names) fs.appendFileSync(name, 'y\n')
  bench.round()
  for (const name of names) fs.unlinkSync(name)
  bench.rounds(3)
  assert.deepEqual([bench.tailer.stats().openHandles, lostOf(bench).length], [4, 6])
})

for (const [limit, options] of Object.entries({
  deleted_keep_size: { deletedKeepBytes: 1 },
  deleted_keep: { deletedKeepMs: 10_000 },
}))
  test(`a deleted file over ${limit} of which the compressed copy is there loses its handle and nothing else`, async (t) => {
    const folder = temporaryFolder(t)
    const { log } = makeContainer(folder)
    const bench = startBench(t, folder, [containersSource(folder)], options)
    bench.lane.reading = false
    const [old, live] = [cri('old'), cri('live')]
    fs.writeFileSync(log, old)
    bench.rounds(2)
    const rotated = `${log}.20261121-060708`
    fs.renameSync(log, rotated)
    fs.writeFileSync(log, live)
    bench.rounds(2)
    fs.writeFileSync(`${rotated}.gz`, zlib.gzipSync(old))
    fs.unlinkSync(rotated)
    await until(() => {
      bench.round()
      return bench.tailer.stats().deletedHeldBytes === 0
    })
    bench.lane.reading = true
    await until(() => {
      bench.round()
      return bench.lane.read.join('').length === old.length + live.length
    })
    assert.deepEqual([bench.lane.read, lostOf(bench)], [[old, live], []])
  })
