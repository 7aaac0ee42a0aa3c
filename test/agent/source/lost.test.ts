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

const lostOf = (bench: Bench): string[] => bench.log.filter((line) => line.startsWith('bytesLost'))

/** Does so between a listing of the folder and the look at what was listed, so many times. */
const afterListing = (folder: string, times: number, act: (n: number) => void): Filesystem => {
  let n = 0
  let listed = false
  return {
    ...realFilesystem,
    readdir: (dir) => {
      if (dir === folder) listed = true
      return realFilesystem.readdir(dir)
    },
    stat: (file) => {
      if (listed && n < times && path.dirname(file) === folder) {
        listed = false
        act(n++)
      }
      return realFilesystem.stat(file)
    },
  }
}

/** As the kubelet rotates: the last rotated file becomes an archive, the live one is renamed. */
const rotate = (log: string, last: string | undefined, next: string): void => {
  if (last !== undefined) {
    fs.writeFileSync(`${log}.${last}.tmp`, zlib.gzipSync(fs.readFileSync(`${log}.${last}`)))
    fs.renameSync(`${log}.${last}.tmp`, `${log}.${last}.gz`)
    fs.unlinkSync(`${log}.${last}`)
  }
  fs.renameSync(log, `${log}.${next}`)
}

const stamps = ['20261121-060708', '20261121-060709', '20261121-060710', '20261121-060711'] as const

/** An agent that has read one line each of a rotated and a live file and knows of two; then it is killed. */
const killedBehind = async (folder: string, log: string, lines: readonly string[]): Promise<Bench> => {
  fs.writeFileSync(log, lines[0]!)
  const bench = createBench(folder, [containersSource(folder)])
  bench.tailer.start()
  bench.lane.turn()
  bench.lane.reading = false
  fs.appendFileSync(log, lines[1]!)
  bench.round()
  rotate(log, undefined, stamps[0])
  fs.writeFileSync(log, lines[2]!)
  bench.rounds(2)
  bench.tailer.saveCheckpoint()
  await bench.tailer.close()
  return bench
}

for (const looks of [1, 2, 3])
  test(`files that are rotated during the first ${looks} looks after a SIGKILL do not count as lost, and are read once`, async (t) => {
    const folder = temporaryFolder(t)
    const { log, dir } = makeContainer(folder)
    const lines = ['a', 'rest of a', 'b', 'c', 'd', 'e'].map(cri)
    const first = await killedBehind(folder, log, lines)
    const files = afterListing(dir, looks, (n) => {
      rotate(log, stamps[n], stamps[n + 1]!)
      fs.writeFileSync(log, lines[3 + n]!)
    })
    const second = startBench(t, folder, [containersSource(folder)], {}, files)
    await until(() => {
      second.round()
      second.tailer.saveCheckpoint()
      return second.lane.files.length === 2 + looks
    })
    for (let i = 0; i < 40; i++) {
      second.round()
      second.tailer.saveCheckpoint()
    }
    assert.deepEqual(
      { read: second.lane.read.sort(), lost: lostOf(second) },
      { read: lines.slice(1, 3 + looks).sort(), lost: [] },
    )
    const shown = second.lane.files.map((file) => file.fingerprint)
    assert.deepEqual(
      first.lane.files.filter((file) => !shown.includes(file.fingerprint)),
      [],
    )
  })

test('an archive that waits for its turn after a SIGKILL is no loss, however often the folder is looked at', async (t) => {
  const folder = temporaryFolder(t)
  const { log } = makeContainer(folder)
  const lines = ['a', 'rest of a', 'b', 'c', 'd'].map(cri)
  await killedBehind(folder, log, lines)
  for (const [n, line] of [lines[3]!, lines[4]!].entries()) {
    rotate(log, stamps[n], stamps[n + 1]!)
    fs.writeFileSync(log, line)
  }
  const second = startBench(t, folder, [containersSource(folder)])
  // Nothing asynchronous happens here: the archives stay where they are in the queue.
  for (let i = 0; i < 50; i++) {
    second.round()
    second.tailer.saveCheckpoint()
  }
  assert.deepEqual([second.tailer.stats().archivesWaiting, lostOf(second)], [2, []])
  await until(() => {
    second.round()
    return second.lane.files.length === 4
  })
  second.rounds(40)
  assert.deepEqual([second.lane.read.sort(), lostOf(second)], [lines.slice(1).sort(), []])
})

test('deleted without a handle while an older archive is still to be inflated: counted at once, and told of in its turn', async (t) => {
  const folder = temporaryFolder(t)
  const { log, link } = makeContainer(folder)
  const lines = ['archived', 'rotated', 'live'].map(cri)
  const rotated = `${log}.${stamps[1]}`
  fs.writeFileSync(`${log}.${stamps[0]}.gz`, zlib.gzipSync(lines[0]!))
  fs.writeFileSync(rotated, lines[1]!)
  fs.writeFileSync(log, lines[2]!)
  const bench = startBench(t, folder, [containersSource(folder)], { maxOpenFiles: 1 })
  fs.unlinkSync(rotated)
  bench.rounds(8)
  const lost = [`bytesLost pods ${link} container ${lines[1]!.length} deleted_before_read`]
  assert.deepEqual([lostOf(bench), bench.lane.read], [lost, []])
  await until(() => {
    bench.round()
    return bench.lane.finished.size === 2
  })
  bench.rounds(3)
  assert.deepEqual([bench.lane.read, lostOf(bench)], [[lines[0], '', lines[2]], lost])
})

test('an archive that the checkpoint knows, deleted without a handle before its turn: what is unread of it is counted', async (t) => {
  const folder = temporaryFolder(t)
  const { log, link } = makeContainer(folder)
  const lines = ['a', 'rest of a', 'b', 'c', 'd'].map(cri)
  await killedBehind(folder, log, lines)
  for (const n of [0, 1]) {
    rotate(log, stamps[n], stamps[n + 1]!)
    fs.writeFileSync(log, lines[3 + n]!)
  }
  const second = startBench(t, folder, [containersSource(folder)], { maxOpenFiles: 1 })
  fs.unlinkSync(`${log}.${stamps[1]}.gz`)
  await until(() => {
    second.round()
    return second.lane.finished.size === 3
  })
  assert.deepEqual(
    [second.lane.read, lostOf(second)],
    [[lines[1], '', lines[3], lines[4]], [`bytesLost pods ${link} container ${lines[2]!.length} deleted_before_read`]],
  )
})

test('--once counts what is gone at its start: it has no later look', async (t) => {
  const folder = temporaryFolder(t)
  const { log, link } = makeContainer(folder)
  const lines = ['a', 'rest of a', 'b'].map(cri)
  await killedBehind(folder, log, lines)
  fs.unlinkSync(`${log}.${stamps[0]}`)
  const second = startBench(t, folder, [containersSource(folder)], { once: true })
  assert.deepEqual(
    [second.lane.read, lostOf(second)],
    [[lines[2]], [`bytesLost pods ${link} container ${lines[1]!.length} rotated_away`]],
  )
})

test('a file that was truncated while nobody ran, and has no copy, is counted once', async (t) => {
  const folder = temporaryFolder(t)
  const { log, link } = makeContainer(folder)
  const lines = ['a', 'rest of a', 'b', 'c'].map(cri)
  await killedBehind(folder, log, lines)
  fs.writeFileSync(log, lines[3]!)
  const second = startBench(t, folder, [containersSource(folder)])
  second.rounds(40)
  assert.deepEqual(
    [second.lane.read, lostOf(second)],
    [[lines[1], lines[3]], [`bytesLost pods ${link} container ${lines[2]!.length} truncated`]],
  )
})

test('a half-read file that may not be opened after a restart is not lost: it is read on once it may be', async (t) => {
  const folder = temporaryFolder(t)
  const { log } = makeContainer(folder)
  const lines = ['a', 'rest of a', 'b'].map(cri)
  await killedBehind(folder, log, lines)
  let forbidden = true
  const files: Filesystem = {
    ...realFilesystem,
    open: (file, flags, mode) => {
      if (forbidden && file === `${log}.${stamps[0]}`)
        throw Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' })
      return realFilesystem.open(file, flags, mode)
    },
  }
  const second = startBench(t, folder, [containersSource(folder)], {}, files)
  second.rounds(40)
  assert.deepEqual([second.lane.read, lostOf(second)], [[lines[2]], []])
  forbidden = false
  second.rounds(40)
  assert.deepEqual([second.lane.read.sort(), lostOf(second)], [lines.slice(1).sort(), []])
})

const savesOf = (bench: Bench): number => bench.log.filter((line) => line.startsWith('checkpointSaved')).length

for (const [when, before] of [
  ['appeared', undefined],
  ['got its first line', ''],
  ['completed its first line', 'on'],
] as const)
  test(`a plain file that ${when} after the start, SIGKILL before the next save, rotated: its lines are read`, async (t) => {
    const folder = temporaryFolder(t)
    const log = path.join(folder, 'app.log')
    if (before !== undefined) fs.writeFileSync(log, before)
    const first = createBench(folder, [filesSource([log])])
    first.tailer.start()
    fs.writeFileSync(log, 'one\n')
    first.rounds(11)
    assert.equal(first.lane.files.length, 1)
    await first.tailer.close()
    fs.renameSync(log, `${log}.1`)
    fs.appendFileSync(`${log}.1`, 'two\n')
    fs.writeFileSync(log, 'three\n')
    const second = startBench(t, folder, [filesSource([log])])
    second.rounds(3)
    assert.deepEqual([second.lane.read, lostOf(second)], [['one\ntwo\n', 'three\n'], []])
  })

test('many new plain files cost one save of the checkpoint, their rotations and new containers none', (t) => {
  const folder = temporaryFolder(t)
  const dir = path.join(folder, 'logs')
  fs.mkdirSync(dir)
  makeContainer(folder, 'first')
  const bench = startBench(t, folder, [containersSource(folder), filesSource([path.join(dir, '*.log')])])
  assert.equal(savesOf(bench), 0)
  const names = Array.from({ length: 200 }, (_, i) => path.join(dir, `f${i}.log`))
  for (const name of names) fs.writeFileSync(name, 'one\n')
  bench.rounds(11)
  assert.deepEqual([bench.lane.files.length, savesOf(bench)], [200, 1])
  for (const name of names.slice(0, 10)) {
    fs.renameSync(name, `${name}.1`)
    fs.writeFileSync(name, 'two\n')
  }
  fs.writeFileSync(makeContainer(folder, 'second').log, cri('hello'))
  bench.rounds(11)
  assert.deepEqual([bench.lane.files.length, savesOf(bench)], [211, 1])
})

test('a file whose handle was closed, rotated between a listing of its folder and the look at what was listed, is not lost', async (t) => {
  const folder = temporaryFolder(t)
  const { log, dir } = makeContainer(folder)
  const other = makeContainer(folder, 'other')
  const lines = ['a', 'rest of a', 'b', 'c'].map(cri)
  fs.writeFileSync(log, lines[0]!)
  fs.writeFileSync(other.log, cri('other'))
  let armed = false
  const between = afterListing(dir, 1, () => {
    rotate(log, stamps[0], stamps[1])
    fs.writeFileSync(log, lines[3]!)
  })
  const files: Filesystem = {
    ...realFilesystem,
    readdir: (path) => (armed ? between : realFilesystem).readdir(path),
    stat: (path) => (armed ? between : realFilesystem).stat(path),
  }
  const bench = startBench(t, folder, [containersSource(folder)], { maxOpenFiles: 1, rescanMs: 1e9 }, files)
  bench.lane.reading = false
  fs.appendFileSync(log, lines[1]!)
  bench.rounds(3)
  fs.appendFileSync(other.log, cri('more')) // Takes the one handle.
  bench.rounds(3)
  assert.deepEqual(bench.tailer.stats().openHandles, 1)
  rotate(log, undefined, stamps[0])
  fs.writeFileSync(log, lines[2]!)
  armed = true
  bench.lane.reading = true
  await until(() => {
    bench.round()
    return bench.lane.finished.size >= 2
  })
  bench.rounds(12)
  const read = bench.lane.read.filter((_, i) => bench.lane.files[i]!.chain.includes('web-1'))
  assert.deepEqual([read.sort(), lostOf(bench)], [[lines[0]! + lines[1]!, lines[2], lines[3]].sort(), []])
})

test('a final file whose handle was closed is read on under its next name', (t) => {
  const folder = temporaryFolder(t)
  const [log, other] = [path.join(folder, 'a.log'), path.join(folder, 'b.log')]
  for (const file of [log, other]) fs.writeFileSync(file, 'one\n')
  const bench = startBench(t, folder, [filesSource([log, other])], { maxOpenFiles: 1, rescanMs: 1e9 })
  bench.lane.reading = false
  fs.appendFileSync(log, 'two\n')
  bench.rounds(3)
  fs.renameSync(log, `${log}.1`)
  fs.writeFileSync(log, 'next\n')
  bench.rounds(5)
  assert.deepEqual([bench.lane.files[0]!.state, bench.tailer.stats().openHandles], ['final', 1])
  bench.clock.advance(1000)
  bench.tailer.poll()
  fs.renameSync(`${log}.1`, `${log}.2`)
  fs.renameSync(log, `${log}.1`)
  fs.writeFileSync(log, 'last\n')
  bench.lane.reading = true
  bench.lane.turn()
  bench.rounds(20)
  assert.deepEqual([bench.lane.read.sort(), lostOf(bench)], [['one\n', 'one\ntwo\n', 'next\n', 'last\n'].sort(), []])
})

test('a SIGKILL right after a copytruncate: what was shipped of the new text is not shipped again under another identity', async (t) => {
  const folder = temporaryFolder(t)
  const log = path.join(folder, 'app.log')
  fs.writeFileSync(log, 'one\n')
  const first = createBench(folder, [filesSource([log])])
  first.tailer.start()
  first.rounds(2)
  first.tailer.saveCheckpoint()
  fs.copyFileSync(log, `${log}.1`)
  fs.truncateSync(log, 0)
  fs.appendFileSync(log, 'x\n')
  first.rounds(2)
  await first.tailer.close()
  const second = startBench(t, folder, [filesSource([log])])
  second.rounds(2)
  const identityOf = ({ lane }: Bench): string => lane.files[lane.read.indexOf('x\n')]!.fingerprint
  assert.equal(identityOf(second), identityOf(first))
})

test('a rotated file that is compressed between the listing and the look is read before the newer ones', async (t) => {
  const folder = temporaryFolder(t)
  const { log, dir } = makeContainer(folder)
  const lines = ['one', 'two', 'three'].map(cri)
  fs.writeFileSync(`${log}.${stamps[0]}`, lines[0]!)
  fs.writeFileSync(`${log}.${stamps[1]}`, lines[1]!)
  fs.writeFileSync(log, lines[2]!)
  const files = afterListing(dir, 1, () => {
    fs.writeFileSync(`${log}.${stamps[0]}.gz`, zlib.gzipSync(lines[0]!))
    fs.unlinkSync(`${log}.${stamps[0]}`)
  })
  const bench = startBench(t, folder, [containersSource(folder)], {}, files)
  await until(() => {
    bench.round(100)
    return bench.lane.read.length === 3
  })
  assert.deepEqual([bench.lane.read, lostOf(bench)], [lines, []])
})
