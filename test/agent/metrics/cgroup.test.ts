import assert from 'node:assert/strict'
import test from 'node:test'
import { openCgroup } from '../../../agent/metrics/cgroup.ts'
import type { ContainerFacts } from '../../../agent/metrics/container-facts.ts'
import { createHost } from '../../../agent/metrics/host.ts'
import { metricLines } from '../../support/metric-lines.ts'
import { metricsOptionsOf } from '../../support/metrics-options-of.ts'

const ONE = '1'.repeat(64)

const facts: ContainerFacts = () => (id, uid) =>
  id === ONE
    ? {
        namespace: 'shop',
        pod: `web-${uid.slice(-1)}`,
        container: 'app',
        podLabels: { 'app.kubernetes.io/name': 'web' },
      }
    : undefined

const collect = async (machine: string) => {
  const host = createHost({ procfs: '/nowhere', sysfs: `test/fixtures/metrics/${machine}/sys`, rootfs: '/' })
  return metricLines(await openCgroup(host, { ...metricsOptionsOf(), cgroup: { facts } }).collect())
}

const KNOWN = `label_app_kubernetes_io_name="web",namespace="shop",pod="web-1",container="app",container_id="${ONE}"`

test('version 2: what a container has used and may use', async () => {
  const lines = await collect('cgroup-v2-systemd')
  assert.deepEqual(
    lines.filter((line) => line.includes(ONE)),
    [
      `counter picket_container_cpu_usage_seconds_total{${KNOWN}} 2.5`,
      `counter picket_container_cpu_periods_total{${KNOWN}} 10`,
      `counter picket_container_cpu_throttled_periods_total{${KNOWN}} 3`,
      `counter picket_container_cpu_throttled_seconds_total{${KNOWN}} 1.5`,
      `gauge picket_container_memory_usage_bytes{${KNOWN}} 1048576`,
      `gauge picket_container_memory_working_set_bytes{${KNOWN}} 917504`,
      `gauge picket_container_memory_rss_bytes{${KNOWN}} 524288`,
      `gauge picket_container_memory_limit_bytes{${KNOWN}} 2097152`,
      `counter picket_container_oom_kills_total{${KNOWN}} 1`,
    ],
  )
  const unknown = (digit: string) => `{namespace="",pod="",container="",container_id="${digit.repeat(64)}"}`
  assert.deepEqual(
    lines.filter((line) => !line.includes(ONE) && /cpu_usage|limit/.test(line)),
    [
      `counter picket_container_cpu_usage_seconds_total${unknown('3')} 3`,
      `counter picket_container_cpu_usage_seconds_total${unknown('2')} 0.000001`,
    ],
  )
})

test('version 2 without the memory controller tells of the CPU', async () => {
  assert.deepEqual(await collect('cgroup-v2-cgroupfs'), [
    `counter picket_container_cpu_usage_seconds_total{${KNOWN}} 4`,
  ])
})

test('version 1: a hierarchy for each controller, no limit that is none, and no working set below zero', async () => {
  assert.deepEqual(await collect('cgroup-v1'), [
    `counter picket_container_cpu_usage_seconds_total{${KNOWN}} 7.5`,
    `counter picket_container_cpu_periods_total{${KNOWN}} 4`,
    `counter picket_container_cpu_throttled_periods_total{${KNOWN}} 2`,
    `counter picket_container_cpu_throttled_seconds_total{${KNOWN}} 0.25`,
    `gauge picket_container_memory_usage_bytes{${KNOWN}} 1000`,
    `gauge picket_container_memory_working_set_bytes{${KNOWN}} 0`,
    `gauge picket_container_memory_rss_bytes{${KNOWN}} 600`,
    `counter picket_container_oom_kills_total{${KNOWN}} 9`,
  ])
})

test('a machine without pods has none', async () => assert.deepEqual(await collect('net-basic'), []))
