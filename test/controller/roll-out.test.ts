import assert from 'node:assert/strict'
import test from 'node:test'
import type { Labels, Observation } from '../../controller/cluster.ts'
import { createRollouts, type RolloutOutcome } from '../../controller/roll-out.ts'
import type { ApiRequest } from '../../lib/kube/api-client.ts'
import { condition, containerOf, daemonSetOf, observationOf, podOf } from '../support/rollout-cluster.ts'

const NEVER = new AbortController().signal

const paused = { revision: 'v2', phase: 'paused', since: '', reason: 'it failed', canaries: [], bad: '' }

interface Seen {
  readonly outcome: RolloutOutcome
  readonly asked: readonly string[]
  readonly events: readonly string[]
  readonly urgent: readonly string[]
  readonly dry: readonly string[]
}

const turn = async (observation: Observation, refuse = '', dryRun = false): Promise<Seen> => {
  const [asked, events, dry]: [string[], string[], string[]] = [[], [], []]
  const rollouts = createRollouts({
    send: async ({ method, path }: ApiRequest) => {
      const what = `${method} ${path.split('/').slice(-2).join('/')}`
      asked.push(what)
      if (what === refuse) throw new Error('refused')
      return {}
    },
    expectations: () => ({ expect: () => {}, creationObserved: () => {}, deletionObserved: () => {}, lower: () => {} }),
    wrote: () => {},
    event: ({ reason, message }) => events.push(`${reason}: ${message}`),
    acted: () => {},
    standing: () => {},
    health: () => new Map(),
    dryRun: dryRun ? (_, actions) => dry.push(...actions.map(({ kind, why }) => `${kind}: ${why}`)) : undefined,
  })
  const outcome = await rollouts.turn(observation, NEVER)
  return { outcome, asked, events, dry, urgent: rollouts.urgent().map(({ url }) => url) }
}

const resumed: Labels = {
  'picket.dev/canary': '1',
  'picket.dev/rollout-state': JSON.stringify(paused),
  'picket.dev/resume': 'v2',
}
const failing = podOf('a', 'v2', 120, {
  ready: condition('False', 150),
  containers: [containerOf({ waiting: { reason: 'CrashLoopBackOff', message: '' } })],
})
const observation = (annotations: Labels): Observation => {
  const seen = observationOf(annotations)
  return { ...seen, pods: [failing, ...seen.pods.filter(({ target }) => target !== 'a')] }
}

test('a failed pod is deleted before the state forgets that it had failed, and the reason is in the event', async () => {
  const { asked, events, outcome } = await turn(observation(resumed))
  assert.deepEqual(asked, ['DELETE pods/agent-a-v2', 'PATCH daemonsets/agent'])
  assert.deepEqual(events, [
    'SuccessfulDelete: Deleted pod: agent-a-v2; node a: it has failed, and the rollout is resumed by hand',
    'RolloutResumed: Revision v2 is resumed by picket.dev/resume; it was paused because it failed',
  ])
  assert.equal(outcome.error, undefined)
})

test('where the deletion is refused the rollout stays paused, to be resumed in the next turn', async () => {
  const { asked, events, outcome } = await turn(observation(resumed), 'DELETE pods/agent-a-v2')
  assert.deepEqual(asked, ['DELETE pods/agent-a-v2'])
  assert.deepEqual(events, ['FailedDelete: Error deleting: refused'])
  assert.equal(outcome.error?.message, 'refused')
})

test('what could not be written is not told as if it had been', async () => {
  const { events, outcome } = await turn(observationOf({ 'picket.dev/canary': '1' }), 'PATCH daemonsets/agent')
  assert.deepEqual([events, outcome.error?.message], [[], 'refused'])
})

test('a dry run tells every decision, and asks for nothing', async () => {
  const { asked, events, dry } = await turn(observation(resumed), '', true)
  assert.deepEqual([asked, events], [[], []])
  assert.deepEqual(dry, [
    'delete_pod: node a: it has failed, and the rollout is resumed by hand',
    'annotate_daemon_set: Revision v2 is resumed by picket.dev/resume; it was paused because it failed',
  ])
})

test('agents of a rollout under way are read where their template says', async () => {
  const annotations = { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '9464' }
  const state = JSON.stringify({ ...paused, phase: 'canary', canaries: ['a'] })
  const seen = observationOf({})
  const daemonSet = {
    ...daemonSetOf('v2', { 'picket.dev/canary': '1', 'picket.dev/rollout-state': state }),
    template: { ...daemonSetOf('v2').template, metadata: { annotations } },
  }
  const revisions = seen.revisions.map((one) =>
    one.revision === 2 ? { ...one, data: { spec: { template: { ...daemonSet.template, $patch: 'replace' } } } } : one,
  )
  const { urgent } = await turn({ ...seen, daemonSet, revisions })
  assert.deepEqual(urgent, Array(4).fill('http://10.0.0.1:9464/metrics'))
})
