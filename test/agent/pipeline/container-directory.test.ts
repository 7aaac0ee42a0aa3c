import assert from 'node:assert/strict'
import test from 'node:test'
import type { PodFacts } from '../../../agent/enrich/pod-fields.ts'
import type { ContainerOrigin, TailedFile } from '../../../agent/event.ts'
import { createContainerDirectory } from '../../../agent/pipeline/container-directory.ts'

const ID = 'ab'.repeat(32)
const OTHER = 'cd'.repeat(32)
const UID = '0a1b2c3d-0000-4000-8000-000000000001'

const file = (origin: Partial<ContainerOrigin>): TailedFile => {
  const whole = { kind: 'container', namespace: 'shop', pod: 'web-1', container: 'app', restart: 0, ...origin }
  return { origin: whole } as unknown as TailedFile
}

const POD = {
  uid: UID,
  namespace: 'shop',
  name: 'web-1',
  labels: { app: 'web', app_kubernetes_io: 'x', 'app_kubernetes_io/name': 'web' },
  containers: [{ name: 'app', image: undefined, runtime: undefined, runs: [{ restart: 0, id: ID }] }],
} as unknown as PodFacts

test('nobody knows a container before its file or its pod is seen', () =>
  assert.equal(createContainerDirectory([]).names(ID, UID), undefined))

test('without an API server the names of the logs tell whose a container is', () => {
  const directory = createContainerDirectory(['app'])
  directory.files.appeared(file({ containerId: ID, podUid: UID }))
  const names = { namespace: 'shop', pod: 'web-1', podLabels: {} }
  assert.deepEqual(directory.names(ID, UID), { ...names, container: 'app' })
  // The pod's sandbox has no log.
  assert.deepEqual(directory.names(OTHER, UID), { ...names, container: '' })
})

test('a pod that is known tells its labels, those that are asked for', () => {
  const directory = createContainerDirectory(['app', 'app.kubernetes.io/name', 'tier'])
  directory.ask((uid) => (uid === UID ? POD : undefined))
  const podLabels = { app: 'web', 'app.kubernetes.io/name': 'web' }
  const names = { namespace: 'shop', pod: 'web-1', podLabels }
  assert.deepEqual(directory.names(ID, UID), { ...names, container: 'app' })
  assert.deepEqual(directory.names(OTHER, UID), { ...names, container: '' })
  // Its status has not come yet, its log has.
  directory.files.appeared(file({ containerId: OTHER, container: 'side' }))
  assert.deepEqual(directory.names(OTHER, UID), { ...names, container: 'side' })
})
