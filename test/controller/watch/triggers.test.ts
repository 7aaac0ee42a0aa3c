import assert from 'node:assert/strict'
import test from 'node:test'
import type { DaemonSet, Node, Pod, Revision } from '../../../controller/cluster.ts'
import { createClusterCache } from '../../../controller/watch/cluster-cache.ts'
import { concerns } from '../../../controller/watch/node-concerns.ts'
import type { Change } from '../../../controller/watch/object-store.ts'
import {
  daemonSetTriggers,
  nodeTriggers,
  podTriggers,
  revisionTriggers,
  type Trigger,
} from '../../../controller/watch/triggers.ts'
import { condition, daemonSet, LABELS, NAMESPACE, node, pod, revision, taint } from '../plan/cluster-objects.ts'

/** As upstream's tests have it: foo1 and foo2 select the same labels, foo3 others. Words of the result: `+foo1` seen made, `-foo1` seen gone. */
const OTHER_LABELS = { app: 'other' }
const set = (name: string, fields: Partial<DaemonSet> = {}): DaemonSet =>
  daemonSet({ name, uid: `${name}-uid`, ...fields })
const [foo1, foo2] = [set('foo1'), set('foo2')]
const foo3 = set('foo3', { selector: { matchLabels: OTHER_LABELS, matchExpressions: [] } })
const everything = set('everything', { selector: { matchLabels: {}, matchExpressions: [] } })
const odd = set('odd', {
  selector: { matchLabels: {}, matchExpressions: [{ key: 'app', operator: 'Resembles', values: [] }] },
})
const abroad = set('abroad', { namespace: 'elsewhere' })

const cacheOf = (sets: readonly DaemonSet[]) => {
  const cache = createClusterCache()
  for (const object of sets) cache.daemonSetStore.apply('ADDED', { ...object, object })
  return cache
}
const cache = cacheOf([foo1, foo2, foo3, everything, odd, abroad])

const word = (trigger: Trigger): string => {
  if (trigger.kind === 'look_at_node') return trigger.node
  const name = trigger.key.slice(trigger.key.indexOf('/') + 1)
  const marks = { enqueue: '', creation_observed: '+', deletion_observed: '-', forget: '!' } as const
  const later = trigger.kind === 'enqueue' && trigger.afterMs > 0 ? `@${trigger.afterMs}` : ''
  return `${marks[trigger.kind]}${name}${later}`
}
const words = (triggers: readonly Trigger[]): string[] => triggers.map(word)

const ownedBy = ({ name, uid }: DaemonSet) => ({ apiVersion: 'apps/v1', kind: 'DaemonSet', name, uid })
const owned = (by: DaemonSet, fields: Partial<Pod> = {}): Pod => pod('p', 'node-1', { owner: ownedBy(by), ...fields })
const orphan = (fields: Partial<Pod> = {}): Pod => pod('p', 'node-1', { owner: undefined, ...fields })
const added = <T>(now: T): Change<T> => ({ kind: 'added', now })
const changed = <T>(before: T, now: T): Change<T> => ({ kind: 'changed', before, now })
const deleted = <T>(before: T): Change<T> => ({ kind: 'deleted', before })
const READY = { ready: condition('True') }
const UNREADY = { ready: condition('False') }

const pods: [what: string, change: Change<Pod>, expected: string[]][] = [
  ['AddPod: its DaemonSet', added(owned(foo1)), ['+foo1', 'foo1']],
  ['AddPodOrphan: those that select it', added(orphan()), ['foo1', 'foo2']],
  ['an orphan of other labels', added(orphan({ labels: OTHER_LABELS })), ['foo3']],
  ['an orphan without labels', added(orphan({ labels: {} })), []],
  [
    'one of a DaemonSet of the same name that is gone',
    added(owned(foo1, { owner: { ...ownedBy(foo1), uid: 'old' } })),
    [],
  ],
  ['one of another namespace', added(owned(foo1, { namespace: 'elsewhere' })), []],
  ['one that is added while it terminates', added(owned(foo1, { deletedMs: 1 })), ['-foo1', 'foo1']],
  ['UpdatePod: its DaemonSet', changed(owned(foo1), owned(foo1)), ['foo1']],
  ['one that begins to terminate', changed(owned(foo1), owned(foo1, { deletedMs: 1 })), ['-foo1', 'foo1']],
  [
    'one that still terminates',
    changed(owned(foo1, { deletedMs: 1 }), owned(foo1, { deletedMs: 1 })),
    ['-foo1', 'foo1'],
  ],
  ['UpdatePodOrphanSameLabels: nobody', changed(orphan(), orphan()), []],
  ['UpdatePodOrphanWithNewLabels', changed(orphan({ labels: OTHER_LABELS }), orphan()), ['foo1', 'foo2']],
  ['UpdatePodChangeControllerRef: the old one and the new one', changed(owned(foo1), owned(foo2)), ['foo1', 'foo2']],
  [
    'UpdatePodControllerRefRemoved: the old one, and who may adopt it',
    changed(owned(foo1), orphan()),
    ['foo1', 'foo1', 'foo2'],
  ],
  [
    'one that becomes ready, of a DaemonSet without minReadySeconds',
    changed(owned(foo1, UNREADY), owned(foo1, READY)),
    ['foo1'],
  ],
  ['DeletePod', deleted(owned(foo1)), ['-foo1', 'foo1']],
  ['DeletePodOrphan: nobody', deleted(orphan()), []],
]

for (const [what, change, expected] of pods)
  test(`a pod wakes the right DaemonSets: ${what}`, () => assert.deepEqual(words(podTriggers(change, cache)), expected))

test('a pod that has become ready is looked at again when it counts as available', () => {
  const patient = set('patient', { minReadySeconds: 15 })
  const change = changed(owned(patient, UNREADY), owned(patient, READY))
  assert.deepEqual(words(podTriggers(change, cacheOf([patient]))), ['patient', 'patient@16000'])
})

const mine = (fields: Partial<Revision> = {}): Revision => revision('r', 1, {}, { owner: ownedBy(foo1), ...fields })
const free = (fields: Partial<Revision> = {}): Revision => mine({ owner: undefined, labels: LABELS, ...fields })

const revisions: [what: string, change: Change<Revision>, expected: string[]][] = [
  ['a new one that has its owner wakes nobody', added(mine()), []],
  ['a new one that is being deleted', added(mine({ deleted: true })), ['foo1']],
  ['a new orphan', added(free()), ['foo1', 'foo2']],
  ['a changed one', changed(mine(), mine({ revision: 2 })), ['foo1']],
  ['one that is given away', changed(mine(), mine({ owner: ownedBy(foo2) })), ['foo1', 'foo2']],
  ['an orphan of the same labels', changed(free(), free()), []],
  ['an orphan of new labels', changed(free({ labels: OTHER_LABELS }), free()), ['foo1', 'foo2']],
  ['a deleted one', deleted(mine()), ['foo1']],
  ['a deleted orphan', deleted(free()), []],
]

for (const [what, change, expected] of revisions)
  test(`a revision wakes the right DaemonSets: ${what}`, () =>
    assert.deepEqual(words(revisionTriggers(change, cache)), expected))

const daemonSets: [what: string, change: Change<DaemonSet>, expected: string[]][] = [
  ['a new one', added(foo1), ['foo1']],
  ['a changed one', changed(foo1, foo1), ['foo1']],
  ['a deleted one, of which nothing is expected any more', deleted(foo1), ['!foo1', 'foo1']],
]

for (const [what, change, expected] of daemonSets)
  test(`a DaemonSet is looked at: ${what}`, () => assert.deepEqual(words(daemonSetTriggers(change)), expected))

const plain = node('node-1')
const nodes: [what: string, change: Change<Node>, expected: string[]][] = [
  ['AddNode', added(plain), ['node-1']],
  ['UpdateNode: nothing changed', changed(plain, node('node-1', { resourceVersion: '2' })), []],
  ['UpdateNode: labels changed', changed(plain, node('node-1', { labels: { zone: 'a' } })), ['node-1']],
  ['UpdateNode: taints changed', changed(plain, node('node-1', { taints: [taint('x', 'NoSchedule')] })), ['node-1']],
  ['UpdateNode: ready or not', changed(plain, node('node-1', { ready: condition('False') })), []],
  ['DeleteNode', deleted(plain), []],
]

for (const [what, change, expected] of nodes)
  test(`a node is looked at where it matters: ${what}`, () => assert.deepEqual(words(nodeTriggers(change)), expected))

const repelling = node('node-1', { taints: [taint('x', 'NoSchedule')] })
const evicting = node('node-1', { taints: [taint('x', 'NoExecute')] })
const misscheduled = daemonSet({ status: { ...daemonSet().status, numberMisscheduled: 1 } })

const concerned: [what: string, node: Node, daemonSet: DaemonSet, hasPods: boolean, concerns: boolean][] = [
  ['eligible, no pod', plain, daemonSet(), false, true],
  ['eligible, a pod', plain, daemonSet(), true, false],
  ['not for new pods, no pod', repelling, daemonSet(), false, false],
  ['not for new pods, a pod that may stay', repelling, daemonSet(), true, false],
  ['a pod that must go', evicting, daemonSet(), true, true],
  ['a pod, and the status tells of misscheduled ones', plain, misscheduled, true, true],
]

for (const [what, one, of, hasPods, expected] of concerned)
  test(`a changed node is ${expected ? '' : 'no '}work for a DaemonSet: ${what}`, () =>
    assert.equal(concerns(one, of, hasPods), expected))

test('a DaemonSet of another namespace, of an empty or of an unreadable selector adopts nothing', () =>
  assert.deepEqual(
    cache.matching(NAMESPACE, LABELS).map(({ name }) => name),
    ['foo1', 'foo2'],
  ))
