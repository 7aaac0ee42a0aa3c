import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import test, { type TestContext } from 'node:test'
import type { TailerOptions } from '../../../agent/source/options.ts'
import { type Filesystem, realFilesystem } from '../../../lib/io/filesystem.ts'
import {
  type Bench,
  containersSource,
  cri,
  makeContainer,
  savingRounds,
  startBench,
  temporaryFolder,
} from './support/bench.ts'

interface Scene {
  readonly bench: Bench
  readonly dir: string
  /** From now on, what is below it cannot be listed; undefined: everything can. */
  hide(below: string | undefined): void
}

/** A container's log with one file before it, read to the end; looks at everything each second. */
const setUp = (t: TestContext, before: string, live: string, options: Partial<TailerOptions> = {}): Scene => {
  const folder = temporaryFolder(t)
  let hidden: string | undefined
  const files: Filesystem = {
    ...realFilesystem,
    readdir: (dir) => {
      if (hidden !== undefined && dir.startsWith(hidden))
        throw Object.assign(new Error('EIO: readdir'), { code: 'EIO' })
      return realFilesystem.readdir(dir)
    },
  }
  const { dir, log } = makeContainer(folder)
  fs.rmSync(log)
  fs.writeFileSync(path.join(dir, before), cri('before'))
  fs.writeFileSync(path.join(dir, live), cri('now'))
  const bench = startBench(t, folder, [containersSource(folder)], { rescanMs: 1000, ...options }, files)
  const hide = (below: string | undefined): void => {
    hidden = below && path.join(folder, below)
  }
  savingRounds(bench, 40)
  return { bench, dir, hide }
}

test('a folder that cannot be listed for a while: what was read of it is not read again', (t) => {
  const { bench, hide } = setUp(t, '0.log.20261121-060000', '0.log')
  const read = bench.lane.read
  assert.equal(read.length, 2)
  hide('pods')
  savingRounds(bench, 100)
  hide(undefined)
  savingRounds(bench, 40)
  assert.deepEqual(bench.lane.read, read)
})

test('a folder that cannot be listed for a while: what was left out at the start stays left out', (t) => {
  const { bench, dir, hide } = setUp(t, '0.log', '1.log', { readFrom: 'end' })
  hide('pods')
  savingRounds(bench, 100)
  hide(undefined)
  const line = cri('new')
  fs.appendFileSync(path.join(dir, '1.log'), line)
  savingRounds(bench, 40)
  assert.deepEqual(bench.lane.read.join(''), line)
})

test('what is gone is forgotten all the same when its folder can be listed again', (t) => {
  const { bench, dir, hide } = setUp(t, '0.log.20261121-060000', '0.log')
  const known = (): number =>
    fs.readFileSync(path.join(dir, '../../../state/positions.json'), 'utf8').split('"fingerprint"').length - 1
  hide('pods')
  fs.rmSync(path.join(dir, '0.log.20261121-060000'))
  savingRounds(bench, 20)
  assert.equal(known(), 2)
  hide(undefined)
  savingRounds(bench, 3)
  assert.equal(known(), 1)
})

test('while the links cannot be listed, containers keep their ids', (t) => {
  const { bench, hide } = setUp(t, '0.log.20261121-060000', '0.log')
  const ids = (): unknown[] =>
    Array.from(bench.tailer.origins(), (origin) => origin.kind === 'container' && origin.containerId)
  const before = ids()
  assert.match(String(before), /^[0-9a-f]{64}$/)
  hide('containers')
  savingRounds(bench, 5)
  assert.deepEqual(ids(), before)
})
