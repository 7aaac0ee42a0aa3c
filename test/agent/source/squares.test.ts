import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { hashOf } from '../../../agent/source/fingerprint.ts'
import { hashesOf } from '../../../agent/source/identify-archive.ts'
import { type Filesystem, realFilesystem } from '../../../lib/io/filesystem.ts'
import { containersSource, cri, filesSource, makeContainer, startBench, temporaryFolder } from './support/bench.ts'

/** Calls are counted, not time: what one of many logs costs is not to grow with their number. */

type Counts = Partial<Record<keyof Filesystem, number>>

const counting = (): { readonly files: Filesystem; readonly counts: Counts } => {
  const counts: Counts = {}
  const files = new Proxy(realFilesystem, {
    get: (target, name: keyof Filesystem) => {
      counts[name] = (counts[name] ?? 0) + 1
      return target[name]
    },
  })
  return { files, counts }
}

const many = 60

const plainLogs = (folder: string): string[] => {
  const logs = path.join(folder, 'logs')
  fs.mkdirSync(logs)
  const names = Array.from({ length: many }, (_, i) => path.join(logs, `app-${i}.log`))
  for (const name of names) fs.writeFileSync(name, `first of ${name}\n`)
  return names
}

test('many new logs in one folder: it is listed as often as for one', (t) => {
  const folder = temporaryFolder(t)
  const names = plainLogs(folder)
  const { files, counts } = counting()
  const { lane } = startBench(t, folder, [filesSource([path.join(folder, 'logs', '*.log')])], {}, files)
  assert.deepEqual(lane.read.toSorted(), names.map((name) => `first of ${name}\n`).toSorted())
  assert.ok(counts.readdir! < 5, `it was listed ${counts.readdir} times`)
})

test('many restarts of one container: its folder is listed as often as for one', (t) => {
  const folder = temporaryFolder(t)
  const { dir } = makeContainer(folder)
  for (let i = 0; i < many; i++) fs.writeFileSync(path.join(dir, `${i}.log`), cri(`restart ${i}`))
  const { files, counts } = counting()
  const { lane } = startBench(t, folder, [containersSource(folder)], {}, files)
  assert.equal(lane.read.length, many)
  assert.ok(counts.readdir! < 10, `there were ${counts.readdir} listings`)
  assert.ok(counts.lstat! < many * 5, `there were ${counts.lstat} looks at links`)
})

const rotateMany = (t: TestContext, maxOpenFiles: number): void => {
  const folder = temporaryFolder(t)
  const names = plainLogs(folder)
  const { files, counts } = counting()
  const sources = [filesSource([path.join(folder, 'logs', '*.log')])]
  const { lane, round } = startBench(t, folder, sources, { maxOpenFiles }, files)
  round()
  for (const name of names) {
    fs.renameSync(name, `${name}.1`)
    fs.writeFileSync(name, `second of ${name}\n`)
  }
  counts.readdir = 0
  for (let i = 0; i < 4; i++) round()
  assert.deepEqual(
    lane.read.toSorted(),
    names.flatMap((name) => [`first of ${name}\n`, `second of ${name}\n`]).toSorted(),
  )
  assert.ok(counts.readdir < 10, `it was listed ${counts.readdir} times`)
}

test('many logs of one folder are rotated at once: it is listed as often as for one', (t) => rotateMany(t, 1000))

test('so it is where most of them are not held open', (t) => rotateMany(t, 10))

test('many logs of one folder are copied and truncated at once: it is listed as often as for one', (t) => {
  const folder = temporaryFolder(t)
  const names = plainLogs(folder)
  const { files, counts } = counting()
  const { lane, round } = startBench(t, folder, [filesSource([path.join(folder, 'logs', '*.log')])], {}, files)
  round()
  for (const name of names) {
    fs.appendFileSync(name, `rest of ${name}\n`)
    fs.copyFileSync(name, `${name}.1`)
    fs.writeFileSync(name, 'new\n')
  }
  counts.readdir = 0
  round()
  round()
  const texts = names.flatMap((name) => [`first of ${name}\nrest of ${name}\n`, 'new\n'])
  assert.deepEqual(lane.read.toSorted(), texts.toSorted())
  assert.ok(counts.readdir < 5, `it was listed ${counts.readdir} times`)
})

test('many rotated files of one log are found together: each is looked at once more, not once for each newer one', (t) => {
  const folder = temporaryFolder(t)
  const { dir } = makeContainer(folder)
  const texts = Array.from({ length: many }, (_, i) => cri(`file ${i}`))
  for (const [i, text] of texts.entries()) fs.writeFileSync(path.join(dir, `0.log.20261126-${100_000 + i}`), text)
  const { files, counts } = counting()
  const { lane } = startBench(t, folder, [containersSource(folder)], {}, files)
  assert.deepEqual(lane.read, texts)
  assert.ok(counts.poll! < many * 3, `there were ${counts.poll} looks`)
})

test('an archive is compared with hundreds of known files: its header is hashed once for all of one length', () => {
  const head = new Uint8Array(2000).fill(7)
  let taken = 0
  const counted = Object.assign(head.slice(), {
    subarray: (from: number, to: number) => {
      taken++
      return head.subarray(from, to)
    },
  })
  const beginning = hashesOf(counted as unknown as Uint8Array)
  for (let i = 0; i < many; i++) assert.equal(beginning(1024), hashOf(head.subarray(0, 1024)))
  assert.equal(beginning(100), hashOf(head.subarray(0, 100)))
  assert.equal(taken, 2)
})
