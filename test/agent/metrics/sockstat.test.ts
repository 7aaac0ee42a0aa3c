import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import test from 'node:test'
import { createHost } from '../../../agent/metrics/host.ts'
import { openSockstat } from '../../../agent/metrics/sockstat.ts'
import { metricLines } from '../../support/metric-lines.ts'
import { metricsOptionsOf } from '../../support/metrics-options-of.ts'

const ROOT = 'test/fixtures/metrics/net-basic'

test('sockstat tells of sockets, and of pages as bytes of this machine', async () => {
  const host = createHost({ procfs: `${ROOT}/proc`, sysfs: `${ROOT}/sys`, rootfs: '/' })
  const bytes = 2 * Number(execFileSync('getconf', ['PAGESIZE'], { encoding: 'utf8' }))
  assert.deepEqual(metricLines(await openSockstat(host, metricsOptionsOf()).collect()), [
    'gauge node_sockstat_sockets_used 36',
    'gauge node_sockstat_TCP_inuse 12',
    'gauge node_sockstat_TCP_orphan 1',
    'gauge node_sockstat_TCP_tw 204',
    'gauge node_sockstat_TCP_alloc 13',
    'gauge node_sockstat_TCP_mem 2',
    `gauge node_sockstat_TCP_mem_bytes ${bytes}`,
    'gauge node_sockstat_FRAG_inuse 0',
    'gauge node_sockstat_FRAG_memory 7',
    'gauge node_sockstat_TCP6_inuse 5',
  ])
})
