import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import test from 'node:test'
import { createStoreReaders, type ReaderProcess } from '../../../agent/page/store-readers.ts'
import { createModelClock } from '../../support/model-clock.ts'

const search = { query: 'a', sinceMs: undefined, untilMs: undefined, before: undefined, limit: 1 }
const job = { kind: 'search', search } as const
const nobodyLeaves = new AbortController().signal

/** Processes that answer when they are told to. */
const openProcesses = () => {
  const opened: { answer: (line: string) => void; killed: boolean }[] = []
  const open = (): ReaderProcess => {
    const [input, output] = [new PassThrough(), new PassThrough()]
    const one = { answer: (line: string) => void output.write(`${line}\n`), killed: false }
    opened.push(one)
    const kill = (): void => {
      one.killed = true
      output.end()
    }
    return { input, output, kill }
  }
  return { opened, open, killed: () => opened.map(({ killed }) => killed) }
}

test('a search that takes longer than 20 s is ended and says what to do, and the next one has a process of its own', async () => {
  const clock = createModelClock()
  const { opened, open, killed } = openProcesses()
  const readers = createStoreReaders(open, clock)
  const late = readers.ask(job, nobodyLeaves)
  const next = readers.ask(job, nobodyLeaves)
  await clock.advance(0)
  await clock.advance(19_999)
  assert.deepEqual(killed(), [false])
  await clock.advance(1)
  assert.deepEqual(JSON.parse(await late), {
    kind: 'failed',
    reason: 'not found within 20 s: narrow the time range, or ask for a rarer word',
  })
  await clock.advance(0)
  opened[1]?.answer('{"kind":"absent"}')
  assert.deepEqual([await next, killed()], ['{"kind":"absent"}', [true, false]])
})

test('the process that searches ends when nobody has asked for a minute', async () => {
  const clock = createModelClock()
  const { opened, open, killed } = openProcesses()
  const readers = createStoreReaders(open, clock)
  const first = readers.ask(job, nobodyLeaves)
  await clock.advance(0)
  opened[0]?.answer('1')
  await first
  await clock.advance(59_999)
  assert.deepEqual(killed(), [false])
  await clock.advance(1)
  assert.deepEqual([killed(), clock.sleepers], [[true], 0])
})

test('a search that nobody waits for any more is ended, and costs the next one nothing', async () => {
  const clock = createModelClock()
  const { opened, open, killed } = openProcesses()
  const readers = createStoreReaders(open, clock)
  const leaves = new AbortController()
  const left = readers.ask(job, leaves.signal)
  const next = readers.ask(job, nobodyLeaves)
  await clock.advance(0)
  leaves.abort()
  assert.deepEqual(JSON.parse(await left), { kind: 'failed', reason: 'nobody waits for it any more' })
  await clock.advance(0)
  opened[1]?.answer('2')
  assert.deepEqual([await next, killed()], ['2', [true, false]])
})
