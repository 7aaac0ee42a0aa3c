import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import test, { type TestContext } from 'node:test'
import type { Outcome } from '../../../../agent/event.ts'
import { createFileOutput, type FileOptions } from '../../../../agent/output/file/file.ts'
import { writeAll } from '../../../../agent/output/file/log-file.ts'
import { bulkBody } from '../local/bulk-body.ts'

const never = new AbortController().signal

const begin = (t: TestContext, more: Partial<FileOptions> = {}) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'picket-file-'))
  t.after(() => fs.rmSync(folder, { recursive: true }))
  const file = path.join(folder, 'out', 'logs.ndjson')
  const open = () => {
    const output = createFileOutput({ name: 'file', path: file, rotateBytes: 0, keep: 3, ...more })
    t.after(() => output.close())
    return output
  }
  const text = (name = file): string => fs.readFileSync(name, 'utf8')
  return { folder: path.dirname(file), file, open, text }
}

const body = (from: number, to: number): ReturnType<typeof bulkBody> =>
  bulkBody(
    Array.from({ length: to - from }, (_, i) => `{"create":{"_id":"f-${from + i}"}}\n{"n":${from + i}}\n`).join(''),
  )
const lines = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, i) => `{"_id":"f-${from + i}","n":${from + i}}\n`).join('')

const taken = (created: number, duplicates = 0): Outcome => ({
  kind: 'items',
  created,
  duplicates,
  failureStore: 0,
  rejected: [],
  retry: [],
  retryReason: undefined,
})

test('documents are appended as JSON lines with their _id', async (t) => {
  const { open, text } = begin(t)
  const output = open()
  assert.deepEqual(await Promise.all([output.send(body(0, 3), never), output.send(body(3, 5), never)]), [
    taken(3),
    taken(2),
  ])
  assert.equal(text(), lines(0, 5))
})

test('a folder that cannot be made is a reason, not a loop; one that can is for those who may read the file', async (t) => {
  const { folder, open } = begin(t)
  const lost = createFileOutput({ name: 'file', path: '/proc/picket/a/logs.ndjson', rotateBytes: 0, keep: 3 })
  assert.deepEqual(await lost.send(body(0, 1), never), {
    kind: 'again',
    reason: "/proc/picket/a/logs.ndjson: ENOENT: no such file or directory, mkdir '/proc/picket'",
    retryAfterMs: undefined,
    hold: false,
  })
  await open().send(body(0, 1), never)
  assert.equal(fs.statSync(folder).mode & 0o777, 0o750)
})

test('what comes again after a crash is not written twice, and a half line is taken away', async (t) => {
  const { open, text, file } = begin(t)
  const first = open()
  await first.send(body(0, 10), never)
  await first.close()
  fs.appendFileSync(file, '{"_id":"f-10","n')
  const second = open()
  assert.deepEqual(await second.send(body(5, 12), never), taken(2, 5))
  assert.equal(text(), lines(0, 12))
  assert.deepEqual(await second.send(body(0, 3), never), taken(0, 3))
})

test('a file that is one half line and nothing else is begun anew', async (t) => {
  const { open, text, file } = begin(t)
  fs.mkdirSync(path.dirname(file))
  fs.writeFileSync(file, `{"_id":"f-0","n":"${'x'.repeat(600_000)}`)
  assert.deepEqual(await open().send(body(0, 1), never), taken(1))
  assert.equal(text(), lines(0, 1))
})

test('the file is rotated by size, and so many are kept', async (t) => {
  const { open, text, file, folder } = begin(t, { rotateBytes: 100 })
  const output = open()
  for (let n = 0; n < 60; n += 10) await output.send(body(n, n + 10), never)
  assert.deepEqual(fs.readdirSync(folder).sort(), ['logs.ndjson', 'logs.ndjson.1', 'logs.ndjson.2', 'logs.ndjson.3'])
  assert.deepEqual(
    [text(), text(`${file}.1`), text(`${file}.2`), text(`${file}.3`)],
    [lines(50, 60), lines(40, 50), lines(30, 40), lines(20, 30)],
  )
})

test('what was written just before a rotation is known after a crash, too', async (t) => {
  const { open, text } = begin(t, { rotateBytes: 100 })
  const first = open()
  await first.send(body(0, 10), never)
  await first.send(body(10, 11), never)
  await first.close()
  assert.deepEqual(await open().send(body(0, 12), never), taken(1, 11))
  assert.equal(text(), lines(10, 12))
})

test('a file that somebody has moved away is begun anew', async (t) => {
  const { open, text, file } = begin(t)
  const output = open()
  await output.send(body(0, 2), never)
  fs.renameSync(file, `${file}.moved`)
  await output.send(body(2, 3), never)
  assert.deepEqual([text(`${file}.moved`), text()], [lines(0, 2), lines(2, 3)])
})

test('an item that is no document is rejected alone', async (t) => {
  const { open, text } = begin(t)
  const outcome = await open().send(
    bulkBody('{"create":{}}\n{"n":1}\nnonsense\n{"n":2}\n{"create":{}}\n{"n":3}\n'),
    never,
  )
  assert.ok(outcome.kind === 'items')
  assert.deepEqual([outcome.created, outcome.rejected.map(({ item, status }) => [item, status])], [2, [[1, 400]]])
  assert.equal(text(), '{"n":1}\n{"n":3}\n')
})

test('a path that cannot be written to holds the body, and says why', async (t) => {
  const { open, file } = begin(t)
  fs.mkdirSync(file, { recursive: true })
  const outcome = await open().send(body(0, 1), never)
  assert.ok(outcome.kind === 'again')
  assert.match(outcome.reason, /logs\.ndjson: EISDIR: illegal operation on a directory/)
})

test('a device is refused rather than waited for', async (t) => {
  const { open } = begin(t, { path: '/dev/null' })
  assert.deepEqual(await open().send(body(0, 1), never), {
    kind: 'again',
    reason: '/dev/null: it is not a regular file; to write to a pipe or a terminal there is the output stdout',
    retryAfterMs: undefined,
    hold: false,
  })
})

test('a full disk leaves no half of a body behind', async (t) => {
  const { text, file } = begin(t)
  let full = false
  const output = createFileOutput(
    { name: 'file', path: file, rotateBytes: 0, keep: 3 },
    async (handle, bytes, position) => {
      await writeAll(handle, full ? bytes.subarray(0, 25) : bytes, position)
      if (full) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
    },
  )
  t.after(() => output.close())
  await output.send(body(0, 2), never)
  full = true
  assert.deepEqual(await output.send(body(2, 4), never), {
    kind: 'again',
    reason: `the disk that holds ${file} is full (ENOSPC: no space left on device, write); free some space, or lower keep`,
    retryAfterMs: undefined,
    hold: false,
  })
  assert.equal(text(), lines(0, 2))
  full = false
  assert.deepEqual(await output.send(body(2, 4), never), taken(2))
  assert.equal(text(), lines(0, 4))
})
