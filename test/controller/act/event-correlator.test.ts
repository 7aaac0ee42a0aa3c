import assert from 'node:assert/strict'
import test from 'node:test'
import { createEventCorrelator } from '../../../controller/act/event-correlator.ts'
import type { ClusterEvent } from '../../../controller/cluster.ts'
import { daemonSet } from '../plan/cluster-objects.ts'

const event = (message: string, reason = 'SuccessfulCreate', type: ClusterEvent['type'] = 'Normal'): ClusterEvent => ({
  about: { kind: 'DaemonSet', identity: daemonSet() },
  type,
  reason,
  message,
})
const MINUTE_MS = 60_000

/** What becomes of events at their minutes: the kind, which object (by the number of the event that made it), its count and words. */
const correlated = (events: readonly (readonly [number, ClusterEvent])[]): readonly string[] => {
  const correlator = createEventCorrelator()
  return events.map(([minute, one], i) => {
    const correlation = correlator.correlate(one, minute * MINUTE_MS, String(i))
    if (correlation.kind === 'suppress') return 'suppress'
    const { name, count, message } = correlation.entry
    return `${correlation.kind} ${name} ×${count} ${message}`
  })
}

const at = (minute: number, one: ClusterEvent): readonly [number, ClusterEvent] => [minute, one]
const numbered = (from: number, to: number, minute: number): (readonly [number, ClusterEvent])[] =>
  Array.from({ length: to - from }, (_, i) => at(minute, event(`pod ${from + i}`)))

test('the same event again is counted in the object that is there, hours later too', () =>
  assert.deepEqual(correlated([at(0, event('a')), at(1, event('a')), at(200, event('a'))]), [
    'create 0 ×1 a',
    'count 0 ×2 a',
    'count 0 ×3 a',
  ]))

test('another message, reason, type or object is another event', () => {
  const elsewhere: ClusterEvent = { ...event('a'), about: { kind: 'DaemonSet', identity: daemonSet({ uid: 'new' }) } }
  const events = [
    event('a'),
    event('b'),
    event('a', 'FailedCreate'),
    event('a', 'SuccessfulCreate', 'Warning'),
    elsewhere,
  ]
  assert.deepEqual(
    correlated(events.map((one) => at(0, one))),
    ['a', 'b', 'a', 'a', 'a'].map((message, i) => `create ${i} ×1 ${message}`),
  )
})

test('from the tenth that differ in their message alone, they are taken together', () =>
  assert.deepEqual(correlated(numbered(0, 12, 0)), [
    ...Array.from({ length: 9 }, (_, i) => `create ${i} ×1 pod ${i}`),
    'create 9 ×1 (combined from similar events): pod 9',
    'count 9 ×2 (combined from similar events): pod 10',
    'count 9 ×3 (combined from similar events): pod 11',
  ]))

test('each is written again when none like it came for ten minutes', () => {
  const after = (minute: number): string | undefined =>
    correlated([...numbered(0, 10, 0), at(minute, event('pod 10'))]).at(-1)
  assert.deepEqual(
    [after(10), after(10.1)],
    ['count 9 ×2 (combined from similar events): pod 10', 'create 10 ×1 pod 10'],
  )
})

test('an object has 25 at once and one in five minutes, and the count tells of those between', () => {
  const outcomes = correlated([
    ...Array.from({ length: 27 }, () => at(0, event('a'))),
    at(4.9, event('a')),
    at(5, event('a')),
    at(5, event('a')),
    at(5, event('a', 'FailedCreate', 'Warning')),
  ])
  assert.deepEqual(outcomes.slice(24), [
    'count 0 ×25 a',
    'suppress',
    'suppress',
    'suppress',
    'count 0 ×29 a',
    'suppress',
    'create 30 ×1 a',
  ])
})

test('what is remembered is bounded: after thousands of others an event is new again', () => {
  const others = Array.from({ length: 4096 }, (_, i): readonly [number, ClusterEvent] => [
    0,
    { ...event('a'), about: { kind: 'Node', identity: { name: `node-${i}`, uid: `${i}`, namespace: '' } } },
  ])
  const last = (count: number): string | undefined =>
    correlated([at(0, event('a')), ...others.slice(0, count), at(0, event('a'))]).at(-1)
  assert.deepEqual([last(4095), last(4096)], ['count 0 ×2 a', 'create 4097 ×1 a'])
})
