import assert from 'node:assert/strict'
import test from 'node:test'
import { reportActions } from '../../../controller/act/report-actions.ts'
import type { Action } from '../../../controller/cluster.ts'
import type { Logger } from '../../../lib/log/logger.ts'
import { daemonSet, pod } from '../plan/cluster-objects.ts'
import { refusal } from './model-api.ts'

test('what was done, and what was refused, is in the log with its reason, and counted', () => {
  const lines: unknown[] = []
  const counts: unknown[] = []
  const log: Logger = { log: (...line) => lines.push(line), child: () => log, close: () => {} }
  const acted = reportActions(log, (...count) => counts.push(count))
  const remove: Action = { kind: 'delete_pod', pod: pod('agent-a', 'node-1'), why: 'It failed.' }
  acted(daemonSet(), remove, undefined)
  acted(daemonSet(), remove, refusal(403, 'Forbidden', 'not allowed'))
  const fields = { daemonset: 'logging/agent', object: 'agent-a', node: 'node-1', why: 'It failed.' }
  assert.deepEqual(lines, [
    ['info', 'delete_pod', 'done as decided', fields],
    ['warn', 'delete_pod_failed', 'the API server refused what was decided', { ...fields, error: 'not allowed' }],
  ])
  assert.deepEqual(counts, [
    ['delete_pod', 'done'],
    ['delete_pod', 'failed'],
  ])
})
