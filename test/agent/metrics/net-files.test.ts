import assert from 'node:assert/strict'
import test from 'node:test'
import { openArp } from '../../../agent/metrics/arp.ts'
import type { OpenCollector } from '../../../agent/metrics/collector.ts'
import { openConntrack, parseConntrackStat } from '../../../agent/metrics/conntrack.ts'
import { createHost } from '../../../agent/metrics/host.ts'
import { openNetstat, parseNetstat, parseSnmp6 } from '../../../agent/metrics/netstat.ts'
import { parseSockstat } from '../../../agent/metrics/sockstat.ts'
import { openUdpQueues, sumUdpQueues } from '../../../agent/metrics/udp-queues.ts'
import { metricLines } from '../../support/metric-lines.ts'
import { metricsOptionsOf } from '../../support/metrics-options-of.ts'

const ROOT = 'test/fixtures/metrics/net-basic'

const collect = async (open: OpenCollector, metrics = '', procfs = `${ROOT}/proc`) => {
  const host = createHost({ procfs, sysfs: `${ROOT}/sys`, rootfs: '/' })
  return metricLines(await open(host, metricsOptionsOf(metrics)).collect())
}

test('parseNetstat refuses a line that is cut short, with the line', () => {
  assert.deepEqual(parseNetstat(''), [])
  assert.deepEqual(parseNetstat('Ip: A B\nIp: 1 -2\n'), [
    ['Ip_A', 1],
    ['Ip_B', -2],
  ])
  assert.throws(() => parseNetstat('Ip: A B\nIp: 1\n'), /as many values as names are expected: "Ip: 1"/)
  assert.throws(() => parseNetstat('Ip: A\nTcp: 1\n'), /"Tcp: 1"/)
})

test('parseSnmp6', () =>
  assert.deepEqual(parseSnmp6('Ip6InOctets   \t12\nUdpLite6InErrors 1\nNoSix 4\nUdp6NoPorts\nNo 6\n'), [
    ['Ip6_InOctets', 12],
    ['UdpLite6_InErrors', 1],
  ]))

test('netstat tells of the fields that node_exporter tells of', async () => {
  assert.deepEqual(await collect(openNetstat), [
    'unknown node_netstat_TcpExt_SyncookiesSent 1',
    'unknown node_netstat_TcpExt_ListenDrops 2',
    'unknown node_netstat_IpExt_InOctets 18446744073709552000',
    'unknown node_netstat_Ip_Forwarding 1',
    'unknown node_netstat_Tcp_CurrEstab 6',
    'unknown node_netstat_Ip6_InOctets 12',
    'unknown node_netstat_Icmp6_InMsgs 3',
  ])
  assert.deepEqual(await collect(openNetstat, 'netstat: {fields: "MaxConn"}'), ['unknown node_netstat_Tcp_MaxConn -1'])
})

test('parseSockstat', () =>
  assert.deepEqual(parseSockstat('sockets: used 36\nTCP: inuse 12 mem\nRAW: inuse\nUDP: inuse x mem 1\nodd\n'), [
    { protocol: 'sockets', values: new Map([['used', 36]]) },
    { protocol: 'TCP', values: new Map([['inuse', 12]]) },
    { protocol: 'RAW', values: new Map() },
    { protocol: 'UDP', values: new Map([['mem', 1]]) },
  ]))

test('arp counts entries by device', async () =>
  assert.deepEqual(await collect(openArp), [
    'gauge node_arp_entries{device="eth0"} 2',
    'gauge node_arp_entries{device="docker0"} 1',
  ]))

test('udp_queues sums up, and does without IPv6', async () => {
  assert.deepEqual(sumUdpQueues(''), { tx: 0, rx: 0 })
  assert.deepEqual(await collect(openUdpQueues), [
    'gauge node_udp_queues{queue="tx",ip="v4"} 17',
    'gauge node_udp_queues{queue="rx",ip="v4"} 65536',
  ])
})

test('conntrack counts what the node tracks, not what this network namespace does', async () => {
  assert.deepEqual(await collect(openConntrack), [
    'gauge node_nf_conntrack_entries 42',
    'gauge node_nf_conntrack_entries_limit 262144',
    'gauge node_nf_conntrack_stat_found 2',
    'gauge node_nf_conntrack_stat_invalid 17',
    'gauge node_nf_conntrack_stat_ignore 0',
    'gauge node_nf_conntrack_stat_insert 0',
    'gauge node_nf_conntrack_stat_insert_failed 3',
    'gauge node_nf_conntrack_stat_drop 0',
    'gauge node_nf_conntrack_stat_early_drop 0',
    'gauge node_nf_conntrack_stat_search_restart 4294967299',
  ])
  assert.deepEqual(await collect(openConntrack, '', '/nowhere'), [])
})

test('statistics without a column are none', () => {
  assert.equal(parseConntrackStat(''), undefined)
  assert.equal(parseConntrackStat('entries found\n'), undefined)
  assert.equal(parseConntrackStat('entries found\nxx yy\n'), undefined)
})
