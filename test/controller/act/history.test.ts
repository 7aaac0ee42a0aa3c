import assert from 'node:assert/strict'
import test from 'node:test'
import type { HistoryAction, JsonObject } from '../../../controller/cluster.ts'
import { planHistory } from '../../../controller/plan/history.ts'
import { daemonSet, LABELS, pod, revision, template } from '../plan/cluster-objects.ts'
import { type ApiObject, refusal } from './model-api.ts'
import { createTurn, PODS, REVISIONS, SET } from './turn.ts'

const dataOf = (one: JsonObject): JsonObject => ({ spec: { template: { ...one, $patch: 'replace' } } })
const STATUS = { ...daemonSet().status, observedGeneration: 1 }

/** For a template that no revision keeps. */
const snapshot = (): { readonly action: HistoryAction; readonly path: string } => {
  const [action] = planHistory(daemonSet(), [], []).actions
  assert.equal(action?.kind, 'create_revision')
  return { action, path: `${REVISIONS}/${action.name}` }
}

const statusOf = (turn: ReturnType<typeof createTurn>): unknown => turn.api.objects.get(SET)?.status

test('a revision is posted byte for byte as it was planned', async () => {
  const turn = createTurn()
  const { action, path } = snapshot()
  assert.equal(await turn.run({ history: [action] }), undefined)
  assert.deepEqual(turn.api.requests, [
    { method: 'POST', path: REVISIONS, body: action.kind === 'create_revision' ? action.body : '' },
  ])
  assert.deepEqual(turn.names(REVISIONS), [path])
})

test('a revision that is there already and keeps the same template is used, also one that an older Kubernetes wrote', async () => {
  const turn = createTurn()
  const { action, path } = snapshot()
  const { metadata, ...rest } = template()
  const data = dataOf({ metadata: { ...(metadata as JsonObject), creationTimestamp: null }, ...rest })
  turn.api.put(path, { metadata: {}, data })
  assert.equal(await turn.run({ history: [action], status: STATUS }), undefined)
  assert.deepEqual(turn.acted, [['create_revision', 'done']])
})

test('a name that another template has raises the collisionCount, and ends the turn so that the next one takes another name', async () => {
  const turn = createTurn()
  const { action, path } = snapshot()
  turn.api.put(path, { metadata: {}, data: dataOf(template({}, 'agent:2')) })
  const { resourceVersion } = turn.api.objects.get(SET)?.metadata ?? {}
  assert.equal(await turn.run({ history: [action], status: STATUS }), `${path} already exists`)
  assert.deepEqual(turn.api.requests.slice(1), [
    { method: 'GET', path },
    { method: 'GET', path: SET },
    {
      method: 'PATCH',
      path: `${SET}/status`,
      body: { metadata: { uid: daemonSet().uid, resourceVersion }, status: { collisionCount: 1 } },
      contentType: 'application/merge-patch+json',
    },
  ])
  assert.deepEqual(statusOf(turn), { conditions: ['somebody else’s'], collisionCount: 1 })
  const next = planHistory(daemonSet({ status: { ...daemonSet().status, collisionCount: 1 } }), [], []).actions[0]
  assert.notEqual(next?.kind === 'create_revision' && next.name, action.kind === 'create_revision' && action.name)
})

test('a collisionCount that somebody else has raised meanwhile is left as it is', async () => {
  const turn = createTurn()
  const { action, path } = snapshot()
  turn.api.put(path, { metadata: {}, data: {} })
  turn.api.put(SET, { metadata: { uid: daemonSet().uid }, status: { collisionCount: 4 } })
  assert.equal(await turn.run({ history: [action] }), 'the collisionCount of logging/agent is 4 by now; once more')
  assert.deepEqual(statusOf(turn), { collisionCount: 4 })
})

test('a quota that was used by two at once is no collision', async () => {
  const turn = createTurn()
  const { action } = snapshot()
  turn.api.refuse = () => refusal(409, 'Conflict', 'Operation cannot be fulfilled on resourcequotas')
  assert.equal(await turn.run({ history: [action] }), 'Operation cannot be fulfilled on resourcequotas')
  assert.equal(turn.api.requests.length, 1)
})

test('one revision is adopted, labelled and raised in one turn, each by the version of the one before', async () => {
  const turn = createTurn()
  const one = revision('agent-old', 1, {}, { labels: LABELS, owner: undefined })
  const resourceVersion = turn.putRevision(one)
  const seen = { ...one, resourceVersion }
  const error = await turn.run({
    claims: [{ kind: 'adopt_revision', revision: seen, why: 'It has no controller.' }],
    history: [
      { kind: 'label_revision', revision: seen, hash: 'agent-old', why: 'It has no label.' },
      { kind: 'raise_revision', revision: seen, to: 3, why: 'It is current again.' },
    ],
  })
  assert.equal(error, undefined)
  const { metadata, revision: raised } = turn.api.objects.get(`${REVISIONS}/agent-old`) as ApiObject
  assert.deepEqual([metadata.labels, raised], [{ ...LABELS, 'controller-revision-hash': 'agent-old' }, 3])
})

test('a revision that somebody else has changed since it was seen is not written over', async () => {
  const turn = createTurn()
  const one = revision('agent-old', 1, {})
  turn.putRevision(one)
  const error = await turn.run({
    history: [{ kind: 'raise_revision', revision: one, to: 3, why: 'It is current again.' }],
    status: STATUS,
  })
  assert.equal(error, 'the object has been modified')
  assert.equal(turn.api.objects.get(`${REVISIONS}/agent-old`)?.revision, 1)
  assert.deepEqual(statusOf(turn), { conditions: ['somebody else’s'] })
})

test('pods of a duplicate are relabelled before it is deleted, and one that is gone holds up nothing', async () => {
  const turn = createTurn()
  const [there, gone] = [pod('agent-a', 'node-1'), pod('agent-b', 'node-2')]
  const duplicate = revision('agent-twin', 1, {})
  turn.putPod(there)
  turn.putRevision(duplicate)
  const why = 'The template is the same.'
  const error = await turn.run({
    history: [
      { kind: 'relabel_pod', pod: gone, hash: 'kept', why },
      { kind: 'relabel_pod', pod: there, hash: 'kept', why },
      { kind: 'delete_revision', revision: duplicate, why },
    ],
  })
  assert.equal(error, undefined)
  assert.deepEqual(turn.names('/api'), [SET, `${PODS}/agent-a`])
  assert.deepEqual(turn.api.objects.get(`${PODS}/agent-a`)?.metadata, {
    name: 'agent-a',
    uid: there.uid,
    labels: { ...LABELS, 'controller-revision-hash': 'kept' },
    resourceVersion: turn.written[0]?.split(' ')[1],
  })
})

test('what was written tells how far the watch has to come before the next turn', async () => {
  const turn = createTurn()
  await turn.run({ history: [snapshot().action], status: STATUS })
  assert.deepEqual(turn.written, ['controllerrevisions 102', 'daemonsets 103'])
})
