import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { createEventRecorder } from '../../../controller/act/event-recorder.ts'
import type { ClusterEvent } from '../../../controller/cluster.ts'
import type { KubeError } from '../../../lib/kube/kube-error.ts'
import { createModelClock } from '../../support/model-clock.ts'
import { daemonSet } from '../plan/cluster-objects.ts'
import { createModelServer, refused } from './model-server.ts'

const EVENTS = '/api/v1/namespaces/logging/events'

const event = (message: string, fields: Partial<ClusterEvent> = {}): ClusterEvent => ({
  about: { kind: 'DaemonSet', identity: daemonSet() },
  type: 'Normal',
  reason: 'SuccessfulCreate',
  message,
  ...fields,
})

const start = (t: TestContext, answer: (method: string) => KubeError | undefined = () => undefined) => {
  const clock = createModelClock(Date.UTC(2026, 0, 1))
  const server = createModelServer(({ method }) => answer(method))
  const failures: string[] = []
  const stop = new AbortController()
  t.after(() => stop.abort())
  const recorder = createEventRecorder({
    send: server.send,
    clock,
    identity: 'node_1',
    failed: ({ message }) => failures.push(message),
    signal: stop.signal,
  })
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 100; i++) await new Promise(setImmediate)
  }
  return { clock, ...server, recorder, failures, settle }
}

test('an event is written as kubectl shows it', async (t) => {
  const { recorder, requests, settle } = start(t)
  recorder.record(event('Created pod: a'))
  await settle()
  assert.deepEqual(requests, [
    {
      method: 'POST',
      path: EVENTS,
      body: {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: {
          name: `agent.${(BigInt(Date.UTC(2026, 0, 1)) * 1_000_000n + 1n).toString(16)}`,
          namespace: 'logging',
        },
        involvedObject: {
          apiVersion: 'apps/v1',
          kind: 'DaemonSet',
          namespace: 'logging',
          name: 'agent',
          uid: 'set-uid',
        },
        type: 'Normal',
        reason: 'SuccessfulCreate',
        message: 'Created pod: a',
        source: { component: 'picket-controller' },
        reportingComponent: 'picket-controller',
        reportingInstance: 'node_1',
        firstTimestamp: '2026-01-01T00:00:00Z',
        lastTimestamp: '2026-01-01T00:00:00Z',
        count: 1,
      },
    },
  ])
})

test('the same event within ten minutes is counted, and anew after that', async (t) => {
  const { recorder, requests, settle, clock } = start(t)
  for (const waitMs of [0, 599_999, 600_000]) {
    await clock.advance(waitMs)
    recorder.record(event('Created pod: a'))
    await settle()
  }
  assert.deepEqual(
    requests.map(({ method, body }) => [method, (body as { count: number; lastTimestamp: string }).count]),
    [
      ['POST', 1],
      ['PATCH', 2],
      ['POST', 1],
    ],
  )
})

test('an event that the server has forgotten is written anew with its count', async (t) => {
  const { recorder, requests, settle } = start(t, (method) => (method === 'PATCH' ? refused(404) : undefined))
  recorder.record(event('a'))
  recorder.record(event('a'))
  await settle()
  assert.deepEqual(
    requests.map(({ method, body }) => [method, (body as { count: number }).count]),
    [
      ['POST', 1],
      ['PATCH', 2],
      ['POST', 2],
    ],
  )
})

test('a thousand pods are twenty-five events of their DaemonSet, and other objects have theirs', async (t) => {
  const { recorder, asked, settle, clock } = start(t)
  for (let i = 0; i < 1000; i++) recorder.record(event(`Created pod: ${i}`))
  recorder.record(event('uncovered', { about: { kind: 'Node', identity: { name: 'n', uid: 'n-uid', namespace: '' } } }))
  await settle()
  assert.deepEqual(asked, [...Array(25).fill(`POST ${EVENTS}`), 'POST /api/v1/namespaces/default/events'])
  await clock.advance(300_000)
  recorder.record(event('later'))
  recorder.record(event('later still'))
  await settle()
  assert.equal(asked.length, 27)
})

test('an event that cannot be written is told, and stops nothing', async (t) => {
  let first = true
  const { recorder, asked, failures, settle } = start(t, () => {
    if (!first) return undefined
    first = false
    return refused(403, 'Forbidden')
  })
  recorder.record(event('a'))
  recorder.record(event('b'))
  await settle()
  assert.deepEqual([asked.length, failures], [2, ['refused with 403']])
})
