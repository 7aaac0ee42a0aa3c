import assert from 'node:assert/strict'
import test from 'node:test'
import { createHost } from '../../../agent/metrics/host.ts'
import { openNetclass } from '../../../agent/metrics/netclass.ts'
import { metricLines } from '../../support/metric-lines.ts'
import { metricsOptionsOf } from '../../support/metrics-options-of.ts'

const ROOT = 'test/fixtures/metrics/net-basic'

test('netclass tells of what each interface has', async () => {
  const host = createHost({ procfs: `${ROOT}/proc`, sysfs: `${ROOT}/sys`, rootfs: '/' })
  const collector = openNetclass(host, metricsOptionsOf())
  const lines = metricLines(await collector.collect())
  const eth0 = 'address="02:fc:00:00:00:01",broadcast="ff:ff:ff:ff:ff:ff",duplex="full"'
  assert.deepEqual(lines, [
    'gauge node_network_up{device="eth0"} 1',
    'gauge node_network_up{device="lo"} 0',
    `gauge node_network_info{device="eth0",${eth0},operstate="up",adminstate="up",ifalias="up \\"link\\" \\\\ ü"} 1`,
    'gauge node_network_info{device="lo",address="",broadcast="",duplex="",operstate="unknown",adminstate="down",ifalias=""} 1',
    'gauge node_network_address_assign_type{device="eth0"} 0',
    'gauge node_network_carrier{device="eth0"} 1',
    'counter node_network_carrier_changes_total{device="eth0"} 2',
    'counter node_network_carrier_up_changes_total{device="eth0"} 1',
    'counter node_network_carrier_down_changes_total{device="eth0"} 1',
    'gauge node_network_device_id{device="eth0"} 1',
    'gauge node_network_dormant{device="eth0"} 0',
    'gauge node_network_flags{device="eth0"} 4099',
    'gauge node_network_flags{device="lo"} 8',
    'gauge node_network_iface_id{device="eth0"} 4',
    'gauge node_network_iface_id{device="lo"} 1',
    'gauge node_network_iface_link{device="eth0"} 4',
    'gauge node_network_iface_link_mode{device="eth0"} 0',
    'gauge node_network_mtu_bytes{device="eth0"} 1400',
    'gauge node_network_mtu_bytes{device="lo"} 65536',
    'gauge node_network_name_assign_type{device="eth0"} 1',
    'gauge node_network_net_dev_group{device="eth0"} 0',
    'gauge node_network_speed_bytes{device="eth0"} -125000',
    'gauge node_network_transmit_queue_length{device="eth0"} 1000',
    'gauge node_network_protocol_type{device="eth0"} 1',
  ])
  assert.deepEqual(metricLines(await collector.collect()), lines)
})

test('a machine without sysfs has no interfaces', async () => {
  const host = createHost({ procfs: '/nowhere', sysfs: '/nowhere', rootfs: '/' })
  assert.deepEqual(metricLines(await openNetclass(host, metricsOptionsOf()).collect()), [])
})
