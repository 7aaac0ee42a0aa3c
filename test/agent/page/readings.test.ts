import assert from 'node:assert/strict'
import test from 'node:test'
import type { MetricFamily, MetricLabels } from '../../../agent/event.ts'
import { readings } from '../../../agent/page/readings.ts'

const family = (name: string, ...samples: readonly (readonly [MetricLabels, number])[]): MetricFamily => ({
  name,
  help: '',
  kind: name.endsWith('_total') ? 'counter' : 'gauge',
  samples: samples.map(([labels, value]) => ({ labels, value })),
})

const NODE: readonly MetricFamily[] = [
  family(
    'node_cpu_seconds_total',
    [{ cpu: '0', mode: 'user' }, 10],
    [{ cpu: '0', mode: 'nice' }, 1],
    [{ cpu: '0', mode: 'idle' }, 100],
    [{ cpu: '1', mode: 'user' }, 20],
    [{ cpu: '1', mode: 'softirq' }, 2],
    [{ cpu: '1', mode: 'irq' }, 3],
  ),
  family('node_load1', [{}, 0.5]),
  family('node_memory_MemTotal_bytes', [{}, 1000]),
  family('node_memory_MemFree_bytes', [{}, 200]),
  family('node_memory_Buffers_bytes', [{}, 50]),
  family('node_memory_Cached_bytes', [{}, 100]),
  family('node_memory_SReclaimable_bytes', [{}, 50]),
  family('node_disk_read_bytes_total', [{ device: 'sda' }, 70], [{ device: 'nvme0n1' }, 30], [{ device: 'dm-0' }, 100]),
  family(
    'node_network_receive_bytes_total',
    [{ device: 'eth0' }, 40],
    [{ device: 'lo' }, 4000],
    [{ device: 'veth12ab' }, 40],
  ),
  family(
    'node_filesystem_size_bytes',
    [{ device: '/dev/sda1', mountpoint: '/var/lib/kubelet', fstype: 'ext4' }, 100],
    [{ device: '/dev/sda1', mountpoint: '/', fstype: 'ext4' }, 100],
    [{ device: 'tmpfs', mountpoint: '/run', fstype: 'tmpfs' }, 10],
    [{ device: 'none', mountpoint: '/empty', fstype: 'x' }, 0],
  ),
  family(
    'node_filesystem_avail_bytes',
    [{ device: '/dev/sda1', mountpoint: '/var/lib/kubelet', fstype: 'ext4' }, 25],
    [{ device: '/dev/sda1', mountpoint: '/', fstype: 'ext4' }, 25],
    [{ device: 'tmpfs', mountpoint: '/run', fstype: 'tmpfs' }, 10],
  ),
  family('node_pressure_io_waiting_seconds_total', [{}, 6]),
]

test('what the charts need of the families: cores added up, layers of disks and links left away, a device once', () => {
  assert.deepEqual(readings(NODE), {
    gauges: new Map([
      ['load.1', 0.5],
      ['memory.used', 600],
      ['memory.cache', 200],
      ['filesystem./', 0.75],
      ['filesystem./run', 0],
    ]),
    counters: new Map([
      ['cpu.user', 31],
      ['cpu.irq', 5],
      ['disk.read', 100],
      ['network.receive', 40],
      ['pressure.io', 6],
    ]),
    cpus: 2,
    memoryBytes: 1000,
  })
})

test('a node that says nothing', () => {
  assert.deepEqual(readings([]), { gauges: new Map(), counters: new Map(), cpus: undefined, memoryBytes: undefined })
})
