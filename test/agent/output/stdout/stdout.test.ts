import assert from 'node:assert/strict'
import { PassThrough, Writable } from 'node:stream'
import test from 'node:test'
import { createStdoutOutput } from '../../../../agent/output/stdout/stdout.ts'
import { bulkBody } from '../local/bulk-body.ts'

const never = new AbortController().signal
const body = (n: number) => bulkBody(`{"create":{"_id":"f-${n}"}}\n{"n":${n}}\n`, n % 2 ? 'gzip' : 'identity')
const taken = {
  kind: 'items',
  created: 1,
  duplicates: 0,
  failureStore: 0,
  rejected: [],
  retry: [],
  retryReason: undefined,
}

test('documents are written as JSON lines', async () => {
  const out = new PassThrough()
  const output = createStdoutOutput({ name: 'stdout', out })
  assert.deepEqual(await Promise.all([output.send(body(1), never), output.send(body(2), never)]), [taken, taken])
  await output.close()
  assert.equal(String(out.read()) + String(out.read() ?? ''), '{"_id":"f-1","n":1}\n{"_id":"f-2","n":2}\n')
})

test('a slow reader gets one body at a time, and its verdict waits', async () => {
  const waiting: { text: string; done: () => void }[] = []
  const out = new Writable({ write: (chunk, _encoding, done) => void waiting.push({ text: String(chunk), done }) })
  const output = createStdoutOutput({ name: 'stdout', out })
  const verdicts: number[] = []
  const sent = [1, 2, 3].map((n) => output.send(body(n), never).then(() => verdicts.push(n)))
  const turns = async (): Promise<void> => {
    for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
  }
  const seen: [number, number[], number][] = []
  for (let n = 0; n < 3; n++) {
    while (waiting.length <= n) await turns()
    await turns()
    seen.push([waiting.length, [...verdicts], out.writableLength])
    waiting[n]?.done()
  }
  await Promise.all(sent)
  assert.deepEqual(seen, [
    [1, [], 20],
    [2, [1], 20],
    [3, [1, 2], 20],
  ])
})

test('a reader that has gone is told, and holds', async () => {
  const out = new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })),
  })
  const output = createStdoutOutput({ name: 'stdout', out })
  const held = {
    kind: 'again',
    reason: 'nobody reads the standard output any more (write EPIPE); restart the agent',
    retryAfterMs: undefined,
    hold: true,
  }
  assert.deepEqual(await output.send(body(1), never), held)
  assert.equal((await output.send(body(2), never)).kind, 'again')
})
