import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import test, { type TestContext } from 'node:test'
import type { TailedFile } from '../../../agent/event.ts'
import { type Filesystem, realFilesystem } from '../../../lib/io/filesystem.ts'
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
  uid,
} from './support/bench.ts'

test('a container is read from its beginning, and as it grows', (t) => {
  const folder = temporaryFolder(t)
  const { log, link } = makeContainer(folder)
  const [one, two] = [cri('one'), cri('two')]
  fs.appendFileSync(log, one)
  const bench = startBench(t, folder, [containersSource(folder)])
  assert.deepEqual(bench.lane.read, [one])
  fs.appendFileSync(log, two)
  bench.round()
  assert.deepEqual(bench.lane.read, [one + two])
  const [file] = bench.lane.files
  assert.deepEqual(
    {
      origin: file!.origin,
      tag: file!.tag,
      path: file!.path,
      format: file!.format,
      state: file!.state,
      length: file!.fingerprint.length,
    },
    {
      origin: {
        kind: 'container',
        namespace: 'shop',
        pod: 'web-1',
        podUid: uid,
        container: 'app',
        restart: 0,
        containerId,
      },
      tag: 'kube.shop.app.web-1',
      path: link,
      format: 'cri',
      state: 'growing',
      length: 16,
    },
  )
})

test('a file is shown once its first line is complete', (t) => {
  const folder = temporaryFolder(t)
  const { log } = makeContainer(folder)
  const line = cri('one')
  fs.appendFileSync(log, line.slice(0, 20))
  const bench = startBench(t, folder, [containersSource(folder)])
  bench.rounds(3)
  assert.deepEqual(bench.lane.files, [])
  fs.appendFileSync(log, line.slice(20))
  bench.round()
  assert.deepEqual(bench.lane.read, [line])
})

test('rotation by rename: the old file is read to its end, then the new one', (t) => {
  const folder = temporaryFolder(t)
  const { log, link } = makeContainer(folder)
  const lines = ['a', 'b', 'c', 'd'].map(cri)
  fs.appendFileSync(log, lines[0]!)
  const bench = startBench(t, folder, [containersSource(folder)])
  const writer = fs.openSync(log, 'a')
  fs.renameSync(log, `${log}.20261121-060708`)
  bench.round()
  fs.writeSync(writer, lines[1]!) // the runtime has not reopened yet
  bench.round()
  fs.writeFileSync(log, lines[2]!)
  fs.closeSync(writer)
  bench.rounds(2)
  fs.appendFileSync(log, lines[3]!)
  bench.round()
  assert.deepEqual(bench.lane.read, [lines[0]! + lines[1]!, lines[2]! + lines[3]!])
  const [old, young] = bench.lane.files
  assert.equal(old!.state, 'final')
  assert.equal(young!.predecessor, undefined)
  assert.equal(old!.chain, young!.chain)
  assert.notEqual(old!.fingerprint, young!.fingerprint)
  assert.deepEqual(
    bench.log.filter((line) => !line.startsWith('fileFound')),
    [`fileRotated pods ${link}`, `fileFinished ${path.basename(link)}`],
  )
  assert.equal(bench.tailer.stats().openHandles, 1)
})

/** Does `next`, once, just before a look at a file by its name. */
const betweenCalls = (): { next: () => void; readonly files: Filesystem } => {
  const look = {
    next: (): void => {},
    files: {
      ...realFilesystem,
      pollAt: (name, inode) => {
        const act = look.next
        look.next = () => {}
        act()
        return realFilesystem.pollAt(name, inode)
      },
    } satisfies Filesystem,
  }
  return look
}

test('written to and rotated while it is looked at: the end of a record in the new file came before its beginning in the old one', (t) => {
  const folder = temporaryFolder(t)
  const { log } = makeContainer(folder)
  fs.appendFileSync(log, cri('whole'))
  const look = betweenCalls()
  const bench = startBench(t, folder, [containersSource(folder)], {}, look.files)
  look.next = () => {
    fs.appendFileSync(log, cri('half').replace(' F ', ' P '))
    fs.renameSync(log, `${log}.20261121-060708`)
    fs.writeFileSync(log, cri('the other half'))
  }
  const ends: (readonly [own: number, elder: number | undefined])[] = []
  const appeared = (file: TailedFile): void => void ends.push([file.size, file.predecessor?.size])
  bench.tailer.listen({ appeared, changed: () => {} })
  bench.round()
  const [first, second] = [cri('whole').length, cri('half').length]
  assert.deepEqual(ends, [
    [first, undefined],
    [cri('the other half').length, first + second],
  ])
})

/** The start of an agent that finds one line in a log which is rotated when the file system is first asked for `call`. */
const startWhileRotated = (t: TestContext, call: 'readdir' | 'realpath', rotate: (log: string) => void): Bench => {
  const folder = temporaryFolder(t)
  const { log, dir } = makeContainer(folder)
  fs.appendFileSync(log, cri('old'))
  let pending = true
  const once = <T>(path: string, at: string, result: () => T, after: boolean): T => {
    if (!pending || path !== at) return result()
    pending = false
    const before = after ? result() : undefined
    rotate(log)
    return before ?? result()
  }
  const files: Filesystem = {
    ...realFilesystem,
    readdir: (path) => once(path, call === 'readdir' ? dir : '', () => realFilesystem.readdir(path), true),
    realpath: (path) => once(path, call === 'realpath' ? log : '', () => realFilesystem.realpath(path), false),
  }
  return startBench(t, folder, [containersSource(folder)], {}, files)
}

/** A scan lists all folders before it looks into the first. */
test('rotated whole between the listing and the look: the new file had the old one’s name, and was read before it', (t) => {
  const bench = startWhileRotated(t, 'readdir', (log) => {
    rename(log)
    fs.writeFileSync(log, cri('newer'))
  })
  assert.deepEqual(
    bench.lane.read.map((text) => text.length),
    [cri('old').length, cri('newer').length],
  )
})

test('rotated before its first line was complete for us: the new file was read before it', (t) => {
  const folder = temporaryFolder(t)
  const { log } = makeContainer(folder)
  const first = cri('first')
  fs.appendFileSync(log, first.slice(0, 30))
  const look = betweenCalls()
  const bench = startBench(t, folder, [containersSource(folder)], {}, look.files)
  look.next = () => {
    fs.appendFileSync(log, first.slice(30))
    rename(log)
    fs.writeFileSync(log, cri('second'))
  }
  bench.round()
  assert.deepEqual(
    bench.lane.read.map((text) => text.length),
    [first.length, cri('second').length],
  )
})

const rename = (log: string): void => fs.renameSync(log, `${log}.20261121-060708`)

test('rotated between the listing and the look: the old file was found by the next rescan, after the new one', (t) => {
  const bench = startWhileRotated(t, 'readdir', rename)
  assert.deepEqual(
    bench.lane.read.map((text) => text.length),
    [cri('old').length],
  )
})

test('rotated between the look and the opening: the new file was read before the old one, in the middle of its records', (t) => {
  const bench = startWhileRotated(t, 'realpath', (log) => {
    rename(log)
    fs.writeFileSync(log, cri('newer'))
  })
  assert.deepEqual(
    bench.lane.read.map((text) => text.length),
    [cri('old').length, cri('newer').length],
  )
})

test('a plain file is followed through rotation by rename and create', (t) => {
  const folder = temporaryFolder(t)
  const log = path.join(folder, 'syslog')
  fs.writeFileSync(log, 'one\n')
  const bench = startBench(t, folder, [filesSource([log])])
  fs.renameSync(log, `${log}.1`)
  fs.appendFileSync(`${log}.1`, 'two\n')
  fs.writeFileSync(log, 'three\n')
  bench.rounds(4)
  assert.deepEqual(bench.lane.read, ['one\ntwo\n', 'three\n'])
  assert.equal(bench.lane.files[0]!.tag, 'syslog')
})

test('a restarted agent goes on where it had committed, under the same identities', async (t) => {
  const folder = temporaryFolder(t)
  const { log } = makeContainer(folder)
  const syslog = path.join(folder, 'syslog')
  const lines = ['a', 'b', 'c', 'd'].map(cri)
  fs.appendFileSync(log, lines[0]!)
  fs.writeFileSync(syslog, 'one\n')
  const sources = [containersSource(folder), filesSource([syslog])]
  const first = createBench(folder, sources)
  first.tailer.start()
  first.lane.turn()
  assert.equal(first.tailer.saveCheckpoint(), true)
  const fingerprints = first.lane.files.map((file) => file.fingerprint)
  await first.tailer.close()
  fs.appendFileSync(log, lines[1]!)
  fs.renameSync(log, `${log}.20261121-060708`)
  fs.writeFileSync(log, lines[2]!)
  fs.renameSync(syslog, `${syslog}.1`)
  fs.appendFileSync(`${syslog}.1`, 'two\n')
  fs.writeFileSync(syslog, 'three\n')
  const second = startBench(t, folder, sources)
  second.rounds(3)
  assert.deepEqual(second.lane.read, [lines[1], lines[2], 'two\n', 'three\n'])
  assert.deepEqual([second.lane.files[0]!.fingerprint, second.lane.files[2]!.fingerprint], fingerprints)
})

/** One that was read to its end is hidden from so many looks; returns how many the checkpoint still knows after each, and what is read when it is back. */
const hiddenFrom = (t: TestContext, looks: number): { readonly known: number[]; readonly read: string[] } => {
  const folder = temporaryFolder(t)
  const [log, rotated] = [path.join(folder, 'a.log'), path.join(folder, 'a.log.1')]
  fs.writeFileSync(log, 'one\n')
  const bench = startBench(t, folder, [filesSource([log])], { rescanMs: 1000 })
  const saved = (): number => {
    bench.tailer.saveCheckpoint()
    return fs.readFileSync(path.join(folder, 'state', 'positions.json'), 'utf8').split('"fingerprint"').length - 1
  }
  fs.renameSync(log, rotated)
  fs.writeFileSync(log, 'two\n')
  bench.rounds(60)
  assert.deepEqual([bench.lane.finished.size, saved()], [1, 2])
  fs.renameSync(rotated, path.join(folder, 'hidden'))
  const known = Array.from({ length: looks }, () => {
    bench.rounds(1)
    return saved()
  })
  fs.renameSync(path.join(folder, 'hidden'), rotated)
  bench.rounds(60)
  return { known, read: bench.lane.read }
}

test('a rotated file that one look missed is not read again', (t) =>
  assert.deepEqual(hiddenFrom(t, 1), { known: [2], read: ['one\n', 'two\n'] }))

test('a file that is read to its end and that two looks missed is forgotten', (t) =>
  assert.deepEqual(hiddenFrom(t, 3).known, [2, 1, 1]))
