import assert from 'node:assert/strict'
import test from 'node:test'
import { fingerprintOf, firstLine, firstLineLimit, markStart } from '../../../agent/source/fingerprint.ts'
import { createHandlePool, type Holder, type Worth } from '../../../agent/source/handle-pool.ts'
import { detectLineFormat } from '../../../agent/source/line-format.ts'
import { createSelection } from '../../../agent/source/selection.ts'

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1')

test('the first line is known when it is complete, long enough, or the last word', () => {
  const text = (line: Uint8Array | undefined): string | undefined => line && Buffer.from(line).toString('latin1')
  assert.equal(text(firstLine(bytes('one\ntwo'), false)), 'one')
  assert.equal(text(firstLine(bytes('one'), false)), undefined)
  assert.equal(text(firstLine(bytes('one'), true)), 'one')
  assert.equal(text(firstLine(bytes(''), true)), undefined)
  assert.equal(text(firstLine(bytes('x'.repeat(5000)), false))?.length, firstLineLimit)
  assert.equal(text(firstLine(bytes('\n'), false)), '')
})

test('a document identity depends on each of its facts, and never changes', () => {
  const container = { kind: 'container', owner: 'uid', container: 'app', restart: 0, nonce: '' } as const
  const plain = { kind: 'plain', dev: 1n, ino: 2n, birthNs: 3n, nonce: '' } as const
  const line = bytes('line')
  assert.equal(fingerprintOf(container, line), 'edWmjrT0pGaA9QL_')
  const all = [
    fingerprintOf(container, line),
    fingerprintOf({ ...container, owner: 'other' }, line),
    fingerprintOf({ ...container, container: 'b' }, line),
    fingerprintOf({ ...container, restart: 1 }, line),
    fingerprintOf({ ...container, restart: undefined }, line),
    fingerprintOf({ ...container, nonce: 'n' }, line),
    fingerprintOf(container, bytes('line2')),
    fingerprintOf(plain, line),
    fingerprintOf({ ...plain, dev: 2n }, line),
    fingerprintOf({ ...plain, ino: 3n }, line),
    fingerprintOf({ ...plain, birthNs: 4n }, line),
    fingerprintOf({ ...plain, nonce: 'n' }, line),
  ]
  assert.equal(new Set(all).size, all.length)
  assert.deepEqual([markStart(10), markStart(100)], [0, 36])
})

test('the framing of a file', () => {
  for (const [head, expected] of [
    ['2026-11-21T06:00:00.123456789Z stdout F x\n', 'cri'],
    ['2026-11-21T06:00:00+01:00 stderr P x', 'cri'],
    ['torn line\n2026-11-21T06:00:00Z stdout F:x y\n', 'cri'],
    ['{"log":"a\\n","stream":"stdout","time":"2026"}\n', 'docker'],
    ['{"level":"info","msg":"json of an application"}\n', 'plain'],
    ['Nov 21 06:00:00 host sshd: stdout F\n', 'plain'],
    ['', 'plain'],
  ] as const) {
    assert.equal(detectLineFormat(bytes(head)), expected, head)
  }
})

test('containers by namespace, pod and name', () => {
  const web = { namespace: 'shop', pod: 'web-1', container: 'app' }
  for (const [include, exclude, self, expected] of [
    [{}, {}, undefined, true],
    [{ namespaces: ['shop', 'x'] }, {}, undefined, true],
    [{ namespaces: ['s*'], pods: ['db-*'] }, {}, undefined, false],
    [{}, { pods: ['web-?'] }, undefined, false],
    [{}, { containers: ['!app'] }, undefined, true],
    [{}, {}, web, false],
    [{}, {}, { ...web, container: 'sidecar' }, true],
  ] as const) {
    assert.equal(createSelection(include, exclude, self)(web), expected, JSON.stringify([include, exclude, self]))
  }
})

const holder = (worth: Worth, mtimeMs = 0): Holder => ({ fd: -1, mtimeMs, worth: () => worth })

test('over the bound the least recently used idle handle is closed, then one with a name, never a deleted file', () => {
  const closed: number[] = []
  const pool = createHandlePool({ close: (fd) => closed.push(fd) }, 2)
  const [only, idle, idle2, unread, unread2] = (['only', 'idle', 'idle', 'unread', 'unread'] as const).map(holder)
  pool.take(only!, 1)
  pool.take(idle!, 2)
  pool.take(idle2!, 3)
  assert.deepEqual(closed, [2])
  pool.take(unread!, 4)
  assert.deepEqual(closed, [2, 3])
  pool.take(unread2!, 5)
  assert.deepEqual(closed, [2, 3, 4])
  pool.take(holder('only'), 6)
  pool.take(holder('only'), 7)
  assert.deepEqual([closed, pool.open], [[2, 3, 4, 5], 3])
})

test('of unread files the live ones lose their handles first, then the youngest rotated: the oldest is deleted next', () => {
  const closed: number[] = []
  const pool = createHandlePool({ close: (fd) => closed.push(fd) }, 3)
  const [oldest, young, live] = [holder('unread', 1), holder('unread', 3), holder('live', 4)]
  for (const [i, one] of [oldest, young, live].entries()) pool.take(one, i)
  for (const [i, mtimeMs] of [2, 2, 4].entries()) pool.take(holder('unread', mtimeMs), 10 + i)
  assert.deepEqual([closed, oldest.fd], [[2, 1, 10], 0])
})

test('which handles are worth least is found out for many at once: thousands of unread files are no square of work', () => {
  let asked = 0
  const pool = createHandlePool({ close: () => {} }, 64)
  const worth = (): Worth => {
    asked++
    return 'unread'
  }
  for (let i = 0; i < 1000; i++) pool.take({ fd: -1, mtimeMs: 0, worth }, i)
  assert.ok(asked < 1000 * 20, `${asked}`)
  assert.ok(pool.open > 32 && pool.open <= 64)
})
