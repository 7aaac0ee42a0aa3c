import assert from 'node:assert/strict'
import test from 'node:test'
import type { PodFacts } from '../../../agent/enrich/pod-fields.ts'
import type { ContainerOrigin, Origin } from '../../../agent/event.ts'
import { createContainerDirectory } from '../../../agent/pipeline/container-directory.ts'

const ID = 'ab'.repeat(32)
const OTHER = 'cd'.repeat(32)
const UID = '0a1b2c3d-0000-4000-8000-000000000001'

const origin = (own: Partial<ContainerOrigin>): Origin => {
  const whole = { kind: 'container', namespace: 'shop', pod: 'web-1', container: 'app', restart: 0, ...own }
  return whole as ContainerOrigin
}

const POD = {
  uid: UID,
  namespace: 'shop',
  name: 'web-1',
  labels: { app: 'web', app_kubernetes_io: 'x', 'app_kubernetes_io/name': 'web' },
  containers: [{ name: 'app', image: undefined, runtime: undefined, runs: [{ restart: 0, id: ID }] }],
} as unknown as PodFacts

test('nobody knows a container before its file or its pod is seen', () =>
  assert.equal(createContainerDirectory([]).facts()(ID, UID), undefined))

test('without an API server the names of the logs tell whose a container is', () => {
  const directory = createContainerDirectory(['app'])
  directory.know(() => [{ kind: 'plain' } as Origin])
  directory.know(() => [origin({ containerId: ID, podUid: UID })])
  const whose = directory.facts()
  const names = { namespace: 'shop', pod: 'web-1', podLabels: {} }
  assert.deepEqual(whose(ID, UID), { ...names, container: 'app' })
  // The pod's sandbox has no log.
  assert.deepEqual(whose(OTHER, UID), { ...names, container: '' })
})

test('of containers whose logs are gone nothing is kept, and those that come are known at the next look', () => {
  const directory = createContainerDirectory([])
  let origins = [origin({ containerId: ID, podUid: UID })]
  directory.know(() => origins)
  const names = { namespace: 'shop', pod: 'web-1', podLabels: {}, container: 'app' }
  assert.deepEqual(directory.facts()(ID, UID), names)
  origins = [origin({ containerId: OTHER, podUid: 'another' })]
  const whose = directory.facts()
  assert.deepEqual([whose(ID, UID), whose(OTHER, 'another')], [undefined, names])
})

test('a pod that is known tells its labels, those that are asked for', () => {
  const directory = createContainerDirectory(['app', 'app.kubernetes.io/name', 'tier'])
  directory.ask((uid) => (uid === UID ? POD : undefined))
  const podLabels = { app: 'web', 'app.kubernetes.io/name': 'web' }
  const names = { namespace: 'shop', pod: 'web-1', podLabels }
  assert.deepEqual(directory.facts()(ID, UID), { ...names, container: 'app' })
  assert.deepEqual(directory.facts()(OTHER, UID), { ...names, container: '' })
  // Its status has not come yet, its log has.
  directory.know(() => [origin({ containerId: OTHER, container: 'side' })])
  assert.deepEqual(directory.facts()(OTHER, UID), { ...names, container: 'side' })
})
