import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import fc from 'fast-check'
import { type Filesystem, realFilesystem } from '../../../lib/io/filesystem.ts'
import { createTextWriter } from '../../../lib/io/write-texts.ts'
import { temporaryFolder } from '../../agent/source/support/bench.ts'

const collecting = (): { readonly files: Filesystem; readonly writes: Buffer[] } => {
  const writes: Buffer[] = []
  // A copy: what it was given is overwritten by what comes next.
  return { writes, files: { ...realFilesystem, write: (_fd, data) => void writes.push(Buffer.from(data)) } }
}

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc
    .record({ unit: fc.constantFrom('a', 'é', '€', '🦊'), times: fc.integer({ min: 0, max: 20_000 }) })
    .map(({ unit, times }) => unit.repeat(times)),
)

test('what is written is the texts one after the other, whatever their sizes, and twice with one writer', () => {
  const { files, writes } = collecting()
  const write = createTextWriter(files)
  fc.assert(
    fc.property(fc.array(text, { maxLength: 30 }), (texts) => {
      writes.length = 0
      write(7, texts)
      assert.deepEqual(Buffer.concat(writes), Buffer.from(texts.join('')))
      assert.ok(writes.every((one) => one.length > 0))
    }),
    { numRuns: 200 },
  )
})

test('many short texts are few writes, and nothing is no write', () => {
  const { files, writes } = collecting()
  createTextWriter(files)(7, [])
  assert.equal(writes.length, 0)
  createTextWriter(files)(
    7,
    Array.from({ length: 1000 }, (_, i) => `${i}`.padEnd(600)),
  )
  assert.equal(writes.length, 40, '25 texts of 600 at a time: there is room for three bytes a unit')
})

test('texts that are made while they are written stop with the error of whatever makes them', (t) => {
  const fd = fs.openSync(join(temporaryFolder(t), 'file'), 'w')
  t.after(() => fs.closeSync(fd))
  const write = createTextWriter(realFilesystem)
  const failing = function* (): Generator<string> {
    yield 'half'
    throw new Error('no more')
  }
  assert.throws(() => write(fd, failing()), /no more/)
  write(fd, ['whole'])
  assert.equal(fs.fstatSync(fd).size, 5, 'what was left of a failed call is not in the next')
})
