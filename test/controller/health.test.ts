import assert from 'node:assert/strict'
import test from 'node:test'
import { createHealthServer, type Stage } from '../../controller/health.ts'
import { createMetrics } from '../../controller/telemetry/metrics.ts'
import { createTelemetry } from '../../controller/telemetry/telemetry.ts'
import { daemonSet, pod } from './plan/cluster-objects.ts'

const silent = { log: () => {}, child: () => silent, close: () => {} }

test('a standby and a leader that has seen the cluster are ready; one that probes or lists is not', async (t) => {
  let stage: Stage = 'standby'
  const metrics = createMetrics({ daemonSets: () => 0, nodes: () => 0 })
  const failed = (error: Error): void => assert.fail(error)
  const server = createHealthServer({ listen: '127.0.0.1:0', title: 'test', stage: () => stage, metrics, failed })
  await server.start()
  t.after(server.close)
  const ask = async (path: string, method = 'GET') => fetch(`http://${server.address}${path}`, { method })
  const seen: unknown[] = []
  for (stage of ['standby', 'probing', 'listing', 'leading'] as const) seen.push([stage, (await ask('/readyz')).status])
  assert.deepEqual(seen, [
    ['standby', 200],
    ['probing', 503],
    ['listing', 503],
    ['leading', 200],
  ])
  const statuses = [await ask('/healthz'), await ask('/'), await ask('/x'), await ask('/metrics', 'POST')]
  assert.deepEqual(
    statuses.map(({ status }) => status),
    [200, 200, 404, 405],
  )
})

test('what happens is counted: turns, actions, requests, watches, who leads', async () => {
  const metrics = createMetrics({ daemonSets: () => 3, nodes: () => 1 })
  const telemetry = createTelemetry(metrics, silent)
  const refused = new Error('refused')
  telemetry.leading(true)
  telemetry.turned(daemonSet(), 0.01, undefined)
  telemetry.turned(daemonSet({ name: 'broken' }), 0.01, refused)
  telemetry.turned(daemonSet({ name: 'gone' }), 0.01, refused)
  telemetry.gone('logging', 'gone')
  telemetry.putOff()
  telemetry.acted(daemonSet(), { kind: 'delete_pod', pod: pod('p', 'n'), why: '' }, undefined)
  telemetry.acted(daemonSet(), { kind: 'create_pod', node: 'n', body: {}, why: '' }, refused)
  telemetry.answered('POST', 201)
  telemetry.answered('GET', undefined)
  telemetry.watching('pods')
  telemetry.watching('nodes')
  telemetry.watchFailed('nodes', refused, 1)
  telemetry.eventFailed(refused)
  const text = await metrics.registry.metrics()
  const lines = text
    .split('\n')
    .filter((line) => line.startsWith('picket_') && !/_bucket|_sum|resident_memory/.test(line))
    .map((line) => line.replace('picket_controller_', ''))
  assert.deepEqual(lines.sort(), [
    'actions_total{kind="create_pod",result="failed"} 1',
    'actions_total{kind="delete_pod",result="done"} 1',
    'api_requests_total{method="GET",code="none"} 1',
    'api_requests_total{method="POST",code="201"} 1',
    'event_failures_total 1',
    'last_sync_failed{namespace="logging",daemonset="agent"} 0',
    'last_sync_failed{namespace="logging",daemonset="broken"} 1',
    'leader 1',
    'queue_depth{queue="daemonsets"} 3',
    'queue_depth{queue="nodes"} 1',
    'sync_duration_seconds_count 3',
    'syncs_total{result="done"} 1',
    'syncs_total{result="failed"} 2',
    'syncs_total{result="put_off"} 1',
    'watch_failures_total{resource="nodes"} 1',
    'watch_up{resource="nodes"} 0',
    'watch_up{resource="pods"} 1',
  ])
})
