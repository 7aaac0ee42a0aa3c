import assert from 'node:assert/strict'
import test from 'node:test'
import type { ClusterEvent } from '../../../controller/cluster.ts'
import { createMetrics } from '../../../controller/telemetry/metrics.ts'
import { createTelemetry } from '../../../controller/telemetry/telemetry.ts'
import type { Logger } from '../../../lib/log/logger.ts'
import { refusal } from '../act/model-api.ts'
import { daemonSet, pod } from '../plan/cluster-objects.ts'

const createRecorded = () => {
  const lines: unknown[] = []
  const log: Logger = {
    log: (level, kind, _, fields) => lines.push([level, kind, fields]),
    child: () => log,
    close: () => {},
  }
  const metrics = createMetrics({ daemonSets: { depth: 0, oldestMs: 0 }, nodes: { depth: 0, oldestMs: 0 } })
  const values = async (name: string): Promise<unknown> => {
    const metric = await metrics.registry.getSingleMetric(name)?.get()
    return metric?.values.map(({ labels, value }) => ({ ...labels, value }))
  }
  return { telemetry: createTelemetry(metrics, log), lines, values }
}

test('what was done, and what was refused, is in the log with its reason, and counted', async () => {
  const { telemetry, lines, values } = createRecorded()
  const remove = { kind: 'delete_pod', pod: pod('agent-a', 'node-1'), why: 'It failed.' } as const
  telemetry.acted(daemonSet(), remove, undefined)
  telemetry.acted(daemonSet(), remove, refusal(403, 'Forbidden', 'not allowed'))
  const fields = { namespace: 'logging', daemonset: 'agent', object: 'agent-a', node: 'node-1', why: 'It failed.' }
  assert.deepEqual(lines, [
    ['info', 'delete_pod', fields],
    ['warn', 'delete_pod_failed', { ...fields, error: 'not allowed' }],
  ])
  assert.deepEqual(await values('picket_controller_actions_total'), [
    { kind: 'delete_pod', result: 'done', value: 1 },
    { kind: 'delete_pod', result: 'failed', value: 1 },
  ])
})

test('an Event that is dropped is in the log, but not loudly where its namespace goes; each is counted by what became of it', async () => {
  const { telemetry, lines, values } = createRecorded()
  const event: ClusterEvent = {
    about: { kind: 'DaemonSet', identity: daemonSet() },
    type: 'Normal',
    reason: 'SuccessfulCreate',
    message: 'Created pod: agent-a',
  }
  telemetry.recorded(event, 'written', undefined)
  telemetry.recorded(event, 'suppressed', undefined)
  telemetry.recorded(event, 'overflow', undefined)
  telemetry.recorded(event, 'refused', refusal(403, 'Forbidden', 'not allowed'))
  telemetry.recorded(event, 'refused', refusal(403, 'Forbidden', 'it goes', 'NamespaceTerminating'))
  const fields = { object: 'agent', reason: 'SuccessfulCreate' }
  assert.deepEqual(lines, [
    ['warn', 'event_overflow', fields],
    ['warn', 'event_refused', { ...fields, error: 'not allowed' }],
    ['debug', 'event_refused', { ...fields, error: 'it goes' }],
  ])
  assert.deepEqual(await values('picket_controller_events_total'), [
    { outcome: 'written', value: 1 },
    { outcome: 'suppressed', value: 1 },
    { outcome: 'overflow', value: 1 },
    { outcome: 'refused', value: 2 },
  ])
})
