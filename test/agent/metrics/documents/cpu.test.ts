import assert from 'node:assert/strict'
import test from 'node:test'
import { cpuDocuments } from '../../../../agent/metrics/documents/cpu.ts'
import { cpuSeconds, nodeLook } from '../../../support/node-families.ts'

const zero = { user: 0, nice: 0, system: 0, idle: 0, iowait: 0, irq: 0, softirq: 0, steal: 0 }
const share = (pct: number, norm: number) => ({ pct, norm: { pct: norm } })
const none = share(0, 0)

test('the first look has no period, and no document', () => {
  assert.deepEqual(cpuDocuments(nodeLook(cpuSeconds(zero)), undefined), [])
})

test('a node whose processors nobody can tell has no document', () => {
  assert.deepEqual(cpuDocuments(nodeLook({}), nodeLook({})), [])
})

test('time that stands still is no period', () => {
  assert.deepEqual(cpuDocuments(nodeLook(cpuSeconds(zero)), nodeLook(cpuSeconds(zero))), [])
})

test('two processors: shares of one, and of both', () => {
  const before = nodeLook(cpuSeconds(zero, zero))
  const now = nodeLook(
    cpuSeconds(
      { ...zero, user: 4, system: 2, idle: 3, iowait: 1 },
      { ...zero, user: 2, nice: 1, idle: 5, irq: 0.5, softirq: 0.5, steal: 1 },
    ),
  )
  assert.deepEqual(cpuDocuments(now, before), [
    {
      system: {
        cpu: {
          cores: 2,
          total: share(1.1, 0.55),
          user: share(0.6, 0.3),
          nice: share(0.1, 0.05),
          system: share(0.2, 0.1),
          idle: share(0.8, 0.4),
          iowait: share(0.1, 0.05),
          irq: share(0.05, 0.025),
          softirq: share(0.05, 0.025),
          steal: share(0.1, 0.05),
        },
      },
      host: { cpu: { usage: 0.55 } },
    },
  ])
})

const totalOf = (documents: readonly Record<string, unknown>[]) =>
  documents
    .map((document) => (document as { system: { cpu: { cores: number; total: unknown } } }).system.cpu)
    .map(({ cores, total }) => ({ cores, total }))

test('a processor that came on counts from the next look', () => {
  const before = nodeLook(cpuSeconds({ ...zero, user: 10, idle: 10 }))
  const now = nodeLook(cpuSeconds({ ...zero, user: 11, idle: 13 }, { ...zero, user: 500, idle: 1 }))
  assert.deepEqual(totalOf(cpuDocuments(now, before)), [{ cores: 2, total: share(0.5, 0.25) }])
})

test('what runs backwards counts as none', () => {
  const before = nodeLook(cpuSeconds({ ...zero, user: 10, idle: 10, iowait: 9 }))
  const now = nodeLook(cpuSeconds({ ...zero, user: 11, idle: 11, iowait: 5 }))
  assert.deepEqual(totalOf(cpuDocuments(now, before)), [{ cores: 1, total: share(0.5, 0.5) }])
})

test('after a restart of the node all counters are smaller: no document', () => {
  const before = nodeLook(cpuSeconds({ ...zero, user: 10, idle: 10 }))
  assert.deepEqual(cpuDocuments(nodeLook(cpuSeconds({ ...zero, user: 1, idle: 1 })), before), [])
})

test('an idle node', () => {
  const documents = cpuDocuments(nodeLook(cpuSeconds({ ...zero, idle: 10 })), nodeLook(cpuSeconds(zero)))
  assert.deepEqual(totalOf(documents), [{ cores: 1, total: none }])
})
