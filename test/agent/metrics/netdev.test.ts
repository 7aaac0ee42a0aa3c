import assert from 'node:assert/strict'
import test from 'node:test'
import { createHost } from '../../../agent/metrics/host.ts'
import { openNetdev, parseNetdev } from '../../../agent/metrics/netdev.ts'
import { metricLines } from '../../support/metric-lines.ts'
import { metricsOptionsOf } from '../../support/metrics-options-of.ts'

const ROOT = 'test/fixtures/metrics/net-basic'
const host = createHost({ procfs: `${ROOT}/proc`, sysfs: `${ROOT}/sys`, rootfs: '/' })

test('parseNetdev', async (t) => {
  const head = 'Inter-|   Receive\n face |bytes\n'
  const values = '1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16'
  const numbers = Array.from({ length: 16 }, (_, i) => i + 1)
  const table: [name: string, text: string, expected: ReturnType<typeof parseNetdev>][] = [
    ['nothing', '', []],
    ['a value beside the colon', `${head}eth0:${values}\n`, [{ device: 'eth0', values: numbers }]],
    ['an alias', `${head}  eth0:1: ${values}`, [{ device: 'eth0:1', values: numbers }]],
    ['a line that is cut short', `${head}eth0: 1 2 3`, []],
    ['a line of words', `${head}eth0: ${values.replace('7', 'x')}`, []],
    ['a line without a name', `${head}${values}`, []],
  ]
  for (const [name, text, expected] of table) await t.test(name, () => assert.deepEqual(parseNetdev(text), expected))
})

test('netdev tells of each column and of the packets without a handler', async () => {
  const lines = metricLines(await openNetdev(host, metricsOptionsOf('netdev: {device_include: "^eth0$"}')).collect())
  assert.deepEqual(lines, [
    'counter node_network_receive_bytes_total{device="eth0"} 18446744073709552000',
    'counter node_network_receive_packets_total{device="eth0"} 8799',
    'counter node_network_receive_errs_total{device="eth0"} 1',
    'counter node_network_receive_drop_total{device="eth0"} 2',
    'counter node_network_receive_fifo_total{device="eth0"} 3',
    'counter node_network_receive_frame_total{device="eth0"} 4',
    'counter node_network_receive_compressed_total{device="eth0"} 5',
    'counter node_network_receive_multicast_total{device="eth0"} 6',
    'counter node_network_transmit_bytes_total{device="eth0"} 518564',
    'counter node_network_transmit_packets_total{device="eth0"} 5867',
    'counter node_network_transmit_errs_total{device="eth0"} 7',
    'counter node_network_transmit_drop_total{device="eth0"} 8',
    'counter node_network_transmit_fifo_total{device="eth0"} 9',
    'counter node_network_transmit_colls_total{device="eth0"} 10',
    'counter node_network_transmit_carrier_total{device="eth0"} 11',
    'counter node_network_transmit_compressed_total{device="eth0"} 12',
    'counter node_network_receive_nohandler_total{device="eth0"} 13',
  ])
})
