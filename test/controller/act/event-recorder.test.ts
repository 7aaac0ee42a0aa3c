import assert from 'node:assert/strict'
import test from 'node:test'
import { createEventRecorder, type EventOutcome } from '../../../controller/act/event-recorder.ts'
import type { ClusterEvent } from '../../../controller/cluster.ts'
import { KubeError } from '../../../lib/kube/kube-error.ts'
import { createModelClock } from '../../support/model-clock.ts'
import { daemonSet, node, SET_UID } from '../plan/cluster-objects.ts'
import { createModelApi, refusal } from './model-api.ts'

const EVENTS = '/api/v1/namespaces/logging/events'
const NAME = `agent.${(BigInt(Date.UTC(2026, 10, 20, 10)) * 1_000_000n).toString(16)}`

const event = (message = 'Created pod: agent-x'): ClusterEvent => ({
  about: { kind: 'DaemonSet', identity: daemonSet() },
  type: 'Normal',
  reason: 'SuccessfulCreate',
  message,
})

const createRecorder = () => {
  const [api, clock, stop] = [createModelApi(), createModelClock(), new AbortController()]
  const outcomes: EventOutcome[] = []
  const record = createEventRecorder({
    send: api.send,
    identity: 'host_0123abcd',
    clock,
    signal: stop.signal,
    recorded: (_, outcome) => outcomes.push(outcome),
  })
  return { api, clock, outcomes, record, stop }
}

const unreachable = (): KubeError =>
  new KubeError('connect ECONNREFUSED', {
    status: undefined,
    reason: undefined,
    retryAfterMs: undefined,
    expired: false,
  })

test('an event is an object as kubectl and client-go know it', async () => {
  const { api, clock, record, outcomes } = createRecorder()
  record(event())
  await clock.advance(0)
  assert.deepEqual(api.requests, [
    {
      method: 'POST',
      path: EVENTS,
      body: {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name: NAME, namespace: 'logging' },
        involvedObject: {
          kind: 'DaemonSet',
          namespace: 'logging',
          name: 'agent',
          uid: SET_UID,
          apiVersion: 'apps/v1',
          resourceVersion: '1',
        },
        type: 'Normal',
        reason: 'SuccessfulCreate',
        message: 'Created pod: agent-x',
        source: { component: 'picket-controller' },
        reportingComponent: 'picket-controller',
        reportingInstance: 'host_0123abcd',
        firstTimestamp: '2026-11-20T10:00:00Z',
        lastTimestamp: '2026-11-20T10:00:00Z',
        count: 1,
      },
    },
  ])
  assert.deepEqual(outcomes, ['written'])
})

test('the same event a minute later raises the count of the one that is there', async () => {
  const { api, clock, record } = createRecorder()
  record(event())
  await clock.advance(60_000)
  record(event())
  await clock.advance(0)
  assert.deepEqual(api.requests[1], {
    method: 'PATCH',
    path: `${EVENTS}/${NAME}`,
    body: { message: 'Created pod: agent-x', count: 2, lastTimestamp: '2026-11-20T10:01:00Z' },
    contentType: 'application/merge-patch+json',
  })
})

test('an event that the server has forgotten is written again, with its whole count', async () => {
  const { api, clock, record } = createRecorder()
  record(event())
  await clock.advance(7_200_000)
  api.refuse = ({ method }) => (method === 'PATCH' ? refusal(404, 'NotFound', 'gone') : undefined)
  record(event())
  await clock.advance(0)
  const { body } = api.requests[2] as { body?: Record<string, unknown> }
  assert.deepEqual(
    [api.requests[2]?.method, body?.count, body?.firstTimestamp, body?.lastTimestamp],
    ['POST', 2, '2026-11-20T10:00:00Z', '2026-11-20T12:00:00Z'],
  )
})

test('an event on a node is in the namespace default and has the uid of the node, as kubectl describe node looks for it', async () => {
  const { api, clock, record } = createRecorder()
  const { name, uid } = node('node-1')
  record({ ...event(), about: { kind: 'Node', identity: { name, uid, namespace: '' } } })
  await clock.advance(0)
  const { body, path } = api.requests[0] as { path: string; body: { involvedObject: object } }
  assert.equal(path, '/api/v1/namespaces/default/events')
  assert.deepEqual(body.involvedObject, { kind: 'Node', name: 'node-1', uid: 'node-1-uid', apiVersion: 'v1' })
})

test('an event whose name would be too long for an object gets another one, and long words are cut', async () => {
  const { api, clock, record } = createRecorder()
  record({ ...event('x'.repeat(5000)), about: { kind: 'Pod', identity: { ...daemonSet(), name: 'a'.repeat(250) } } })
  await clock.advance(0)
  const { body } = api.requests[0] as { body: { metadata: { name: string }; message: string } }
  assert.match(body.metadata.name, /^[0-9a-f-]{36}$/)
  assert.equal(body.message, `${'x'.repeat(1000)}…`)
})

test('what the server refuses is dropped, and the next one is written', async () => {
  const { api, clock, record, outcomes } = createRecorder()
  api.refuse = ({ body }) => (JSON.stringify(body).includes('bad') ? refusal(403, 'Forbidden', 'no') : undefined)
  record(event('bad'))
  record(event('good'))
  await clock.advance(0)
  assert.deepEqual(outcomes, ['refused', 'written'])
})

test('while no server answers events wait, a thousand at most; the rest is dropped and counted', async () => {
  const { api, clock, record, outcomes } = createRecorder()
  api.refuse = unreachable
  for (let i = 0; i < 1003; i++) record(event(`pod ${i}`))
  assert.deepEqual(outcomes, ['overflow', 'overflow'])
  await clock.advance(0)
  api.refuse = () => undefined
  await clock.advance(10_000)
  assert.deepEqual(Map.groupBy(outcomes, (outcome) => outcome).get('written')?.length, 25)
  assert.equal(outcomes.length, 1003)
})

test('an event is given up after twelve tries', async () => {
  const { api, clock, record, outcomes } = createRecorder()
  api.refuse = unreachable
  record(event())
  await clock.advance(0)
  await clock.advance(110_000)
  assert.deepEqual([api.requests.length, outcomes], [12, ['unreachable']])
})

test('nothing is written any more once it has been ended', async () => {
  const { api, clock, record, stop } = createRecorder()
  api.refuse = unreachable
  record(event())
  record(event('another'))
  stop.abort()
  await clock.advance(60_000)
  assert.equal(api.requests.length, 1)
})
