import assert from 'node:assert/strict'
import test from 'node:test'
import type { DaemonSet, HistoryAction, Pod, Revision } from '../../../controller/cluster.ts'
import { planCleanup, planHistory } from '../../../controller/plan/history.ts'
import { revisionData, revisionHash } from '../../../controller/plan/revision-data.ts'
import { daemonSet, LABELS, nodes, OTHERS, pod, revision, template } from './cluster-objects.ts'
import { Simulator } from './simulator.ts'

const ofImage = (image: string) => revisionData(daemonSet({ template: template({}, image) }))
const ofHash = (name: string, hash: string): Pod =>
  pod(name, 'node-0', { labels: { ...LABELS, 'controller-revision-hash': hash } })

/** An action in short. */
const deed = (action: HistoryAction): string => {
  switch (action.kind) {
    case 'create_revision':
      return `create ${action.name} as ${JSON.parse(action.body).revision}`
    case 'relabel_pod':
      return `relabel ${action.pod.name} to ${action.hash}`
    case 'label_revision':
      return `label ${action.revision.name} ${action.hash}`
    case 'raise_revision':
      return `raise ${action.revision.name} to ${action.to}`
    case 'delete_revision':
      return `delete ${action.revision.name}`
  }
}

const HASH = revisionHash(daemonSet())

test('there is one revision of each template, the current one is the newest, and all have labels', () => {
  const one = ofImage('agent:1')
  const two = ofImage('agent:2')
  const unlabelled = { labels: LABELS }
  const rows: { title: string; revisions: Revision[]; pods?: Pod[]; hash: string; deeds: string[] }[] = [
    { title: 'the first', revisions: [], hash: HASH, deeds: [`create agent-${HASH} as 1`] },
    { title: 'it is there', revisions: [revision('agent-a', 1, one)], hash: 'a', deeds: [] },
    {
      title: 'a new template',
      revisions: [revision('agent-b', 1, two), revision('agent-c', 4, ofImage('agent:3'))],
      hash: HASH,
      deeds: [`create agent-${HASH} as 5`],
    },
    {
      title: 'an old template again',
      revisions: [revision('agent-a', 1, one), revision('agent-b', 2, two)],
      hash: 'a',
      deeds: ['raise agent-a to 3'],
    },
    {
      title: 'without labels',
      revisions: [revision('agent-a', 2, one, unlabelled), revision('agent-b', 1, two, unlabelled)],
      hash: 'agent-a',
      deeds: ['label agent-a agent-a', 'label agent-b agent-b'],
    },
    {
      title: 'two of the same template: the newer is kept, and the pods of the other are its own now',
      revisions: [revision('agent-a', 1, one), revision('agent-z', 2, one), revision('agent-b', 1, two)],
      pods: [ofHash('of-a', 'a'), ofHash('of-z', 'z'), ofHash('of-b', 'b'), pod('of-none', 'node-0')],
      hash: 'z',
      deeds: ['relabel of-a to z', 'delete agent-a'],
    },
    {
      title: 'of two that are equally new the last one',
      revisions: [revision('agent-a', 1, one), revision('agent-z', 1, one)],
      hash: 'z',
      deeds: ['delete agent-a'],
    },
  ]
  const found = rows.map(({ title, revisions, pods }) => {
    const { hash, actions } = planHistory(daemonSet(), revisions, pods ?? [])
    return { title, hash, deeds: actions.map(deed) }
  })
  assert.deepEqual(
    found,
    rows.map(({ title, hash, deeds }) => ({ title, hash, deeds })),
  )
})

test('a revision is written byte for byte as the built-in controller compares it', () => {
  const set: DaemonSet = daemonSet({
    annotations: { note: 'kept' },
    template: {
      spec: { containers: [{ name: 'agent', image: 'a', command: ['sh', '-c', 'a && b > c'] }] },
      metadata: { labels: LABELS },
    },
  })
  const [action] = planHistory(set, [], []).actions
  const hash = revisionHash(set)
  const template =
    '{"$patch":"replace","metadata":{"labels":{"app":"agent"}},"spec":{"containers":[{"command":["sh","-c","a \\u0026\\u0026 b \\u003e c"],"image":"a","name":"agent"}]}}'
  const metadata =
    `{"annotations":{"note":"kept"},"labels":{"app":"agent","controller-revision-hash":"${hash}"},"name":"agent-${hash}",` +
    '"ownerReferences":[{"apiVersion":"apps/v1","blockOwnerDeletion":true,"controller":true,"kind":"DaemonSet","name":"agent","uid":"set-uid"}]}'
  assert.deepEqual(action, {
    kind: 'create_revision',
    name: `agent-${hash}`,
    body: `{"apiVersion":"apps/v1","data":{"spec":{"template":${template}}},"kind":"ControllerRevision","metadata":${metadata},"revision":1}`,
    why: 'No revision keeps the template as it is.',
  })
})

test('old revisions beyond the limit go, the oldest first, but none that a pod is of', () => {
  const old = [3, 1, 2, 4].map((n) => revision(`agent-${n}`, n, ofImage(`agent:${n}`)))
  const rows = [
    { title: 'within the limit', limit: 4, pods: [], wanted: [] },
    { title: 'beyond it', limit: 2, pods: [], wanted: ['delete agent-1', 'delete agent-2'] },
    { title: 'one is alive', limit: 2, pods: [ofHash('p', '1')], wanted: ['delete agent-2', 'delete agent-3'] },
    {
      title: 'none is wanted, two are alive',
      limit: 0,
      pods: [ofHash('p', '1'), ofHash('q', '3')],
      wanted: ['delete agent-2', 'delete agent-4'],
    },
  ]
  assert.deepEqual(
    rows.map(({ title, limit, pods }) => [title, planCleanup(old, limit, pods).map(deed)]),
    rows.map(({ title, wanted }) => [title, wanted]),
  )
})

test('revisions that are ours and orphans of ours are claimed, no others', () => {
  const cluster = new Simulator({}, nodes(0, 1))
  const data = ofImage('agent:1')
  for (const [name, fields] of Object.entries({
    'agent-ours': {},
    'agent-orphan': { owner: undefined },
    'agent-leaving': { owner: undefined, deleted: true },
    'agent-others': { owner: OTHERS },
    'agent-unlabelled': { owner: undefined, labels: {} },
    'agent-released': { labels: { app: 'else' } },
  }))
    cluster.revisions.set(name, revision(name, 1, data, fields))
  cluster.turn()
  assert.deepEqual(
    [...cluster.revisions.values()].map(({ name, owner }) => [name, owner?.name]),
    [
      ['agent-orphan', 'agent'],
      ['agent-leaving', undefined],
      ['agent-others', 'other'],
      ['agent-unlabelled', undefined],
      ['agent-released', undefined],
    ],
  )
})

test('taking over from an older Kubernetes, which wrote creationTimestamp null everywhere, restarts no pod', () => {
  const volume = { name: 'v', ephemeral: { volumeClaimTemplate: { metadata: { creationTimestamp: null }, spec: {} } } }
  const spec = { containers: [{ image: 'agent:1', name: 'agent' }], volumes: [volume] }
  const data = {
    spec: { template: { metadata: { labels: LABELS, creationTimestamp: null }, spec, $patch: 'replace' } },
  }
  const plain = { name: 'v', ephemeral: { volumeClaimTemplate: { metadata: {}, spec: {} } } }
  const cluster = new Simulator({ template: template({ volumes: [plain] }) }, nodes(0, 1), [ofHash('p', 'theirs')])
  cluster.revisions.set('agent-theirs', revision('agent-theirs', 1, data))
  assert.deepEqual([cluster.turn(), [...cluster.revisions.keys()]], [[], ['agent-theirs']])
})

test('a DaemonSet that was deleted without its pods and made again keeps them', () => {
  const cluster = new Simulator({}, nodes(0, 1), [{ ...ofHash('p', 'kept'), owner: undefined }])
  cluster.revisions.set('agent-kept', revision('agent-kept', 1, ofImage('agent:1'), { owner: undefined }))
  assert.deepEqual(cluster.turn(), [])
  assert.deepEqual(
    [cluster.pods.get('p')?.owner?.uid, cluster.revisions.get('agent-kept')?.owner?.uid],
    ['set-uid', 'set-uid'],
  )
})
