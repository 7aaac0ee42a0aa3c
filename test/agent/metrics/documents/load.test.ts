import assert from 'node:assert/strict'
import test from 'node:test'
import { loadDocuments } from '../../../../agent/metrics/documents/load.ts'
import { cpuSeconds, nodeLook } from '../../../support/node-families.ts'

const load = { node_load1: 3, node_load5: 2, node_load15: 0.5 }

test('the averages, and what they are for each processor', () => {
  assert.deepEqual(
    loadDocuments(nodeLook({ ...load, ...cpuSeconds({ idle: 1 }, { idle: 1 }, { idle: 1 }, { idle: 1 }) })),
    [{ system: { load: { 1: 3, 5: 2, 15: 0.5, norm: { 1: 0.75, 5: 0.5, 15: 0.125 }, cores: 4 } } }],
  )
})

test('without processors the averages alone; without averages nothing', () => {
  assert.deepEqual(loadDocuments(nodeLook(load)), [{ system: { load: { 1: 3, 5: 2, 15: 0.5 } } }])
  assert.deepEqual(loadDocuments(nodeLook({ node_load1: 3 })), [])
})
