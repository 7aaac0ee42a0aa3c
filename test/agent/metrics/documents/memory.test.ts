import assert from 'node:assert/strict'
import test from 'node:test'
import { memoryDocuments } from '../../../../agent/metrics/documents/memory.ts'
import { nodeLook } from '../../../support/node-families.ts'

const all = {
  node_memory_MemTotal_bytes: 8000,
  node_memory_MemFree_bytes: 1000,
  node_memory_MemAvailable_bytes: 6000,
  node_memory_Buffers_bytes: 500,
  node_memory_Cached_bytes: 4000,
  node_memory_SwapTotal_bytes: 3000,
  node_memory_SwapFree_bytes: 2000,
}

test('used is what is not free, actually used what is not available', () => {
  assert.deepEqual(memoryDocuments(nodeLook(all)), [
    {
      system: {
        memory: {
          total: 8000,
          free: 1000,
          cached: 4000,
          used: { bytes: 7000, pct: 0.875 },
          actual: { free: 6000, used: { bytes: 2000, pct: 0.25 } },
          swap: { total: 3000, free: 2000, used: { bytes: 1000, pct: 0.3333 } },
        },
      },
    },
  ])
})

test('an old kernel without MemAvailable, a node without swap', () => {
  const { node_memory_MemAvailable_bytes, node_memory_SwapTotal_bytes, node_memory_SwapFree_bytes, ...old } = all
  assert.deepEqual(memoryDocuments(nodeLook(old)), [
    {
      system: {
        memory: {
          total: 8000,
          free: 1000,
          cached: 4000,
          used: { bytes: 7000, pct: 0.875 },
          actual: { free: 5500, used: { bytes: 2500, pct: 0.3125 } },
          swap: { total: 0, free: 0, used: { bytes: 0, pct: 0 } },
        },
      },
    },
  ])
})

test('nothing where the collector failed', () => assert.deepEqual(memoryDocuments(nodeLook({})), []))
