import assert from 'node:assert/strict'
import test from 'node:test'
import { openDiskstats, parseDiskstats } from '../../../agent/metrics/diskstats.ts'
import { createHost } from '../../../agent/metrics/host.ts'
import { metricLines } from '../../support/metric-lines.ts'
import { metricsOptionsOf } from '../../support/metrics-options-of.ts'

const ROOT = 'test/fixtures/metrics/disk-basic'

test('parseDiskstats', async (t) => {
  const table: [name: string, text: string, expected: ReturnType<typeof parseDiskstats>][] = [
    ['nothing', '', []],
    [
      'a kernel before discards',
      '8 0 sda 1 2 3 4 5 6 7 8 9 10 11\n',
      [{ major: 8, minor: 0, device: 'sda', values: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] }],
    ],
    [
      'a kernel that counts more than is known',
      '8 0 sda 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19',
      [{ major: 8, minor: 0, device: 'sda', values: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17] }],
    ],
    ['a line that is cut short', '8 0 sda 1 2 3', []],
    ['words', '8 0 sda 1 2 3 4 5 6 x 8 9 10 11', []],
  ]
  for (const [name, text, expected] of table) await t.test(name, () => assert.deepEqual(parseDiskstats(text), expected))
})

const collect = async (metrics: string, rootfs = `${ROOT}/root`) => {
  const host = createHost({ procfs: `${ROOT}/proc`, sysfs: `${ROOT}/sys`, rootfs })
  return metricLines(await openDiskstats(host, metricsOptionsOf(metrics)).collect())
}

test('a disk is told of with what udev knows', async () => {
  assert.deepEqual(await collect('diskstats: {device_include: "^sda$"}'), [
    'gauge node_disk_info{device="sda",major="8",minor="0",path="pci-0000:00:1f.2-ata-1",wwn="0x5000",model="Big \\"Disk\\"",serial="1=2",revision="A1",rotational="0"} 1',
    'gauge node_disk_filesystem_info{device="sda",type="ext4",usage="filesystem",uuid="1-2",version="1.0"} 1',
    'gauge node_disk_device_mapper_info{device="sda",name="vg-lv",uuid="LVM-1",vg_name="vg",lv_name="lv",lv_layer=""} 1',
    'gauge node_disk_ata_write_cache{device="sda"} 1',
    'gauge node_disk_ata_write_cache_enabled{device="sda"} 0',
    'counter node_disk_reads_completed_total{device="sda"} 86538',
    'counter node_disk_reads_merged_total{device="sda"} 23547',
    'counter node_disk_read_bytes_total{device="sda"} 2314773504',
    'counter node_disk_read_time_seconds_total{device="sda"} 43.759',
    'counter node_disk_writes_completed_total{device="sda"} 43881',
    'counter node_disk_writes_merged_total{device="sda"} 56501',
    'counter node_disk_written_bytes_total{device="sda"} 3291578368',
    'counter node_disk_write_time_seconds_total{device="sda"} 50.453',
    'gauge node_disk_io_now{device="sda"} 3',
    'counter node_disk_io_time_seconds_total{device="sda"} 16.944',
    'counter node_disk_io_time_weighted_seconds_total{device="sda"} 98.888',
    'counter node_disk_discards_completed_total{device="sda"} 30921',
    'counter node_disk_discards_merged_total{device="sda"} 54',
    'counter node_disk_discarded_sectors_total{device="sda"} 1559080',
    'counter node_disk_discard_time_seconds_total{device="sda"} 4.39',
    'counter node_disk_flush_requests_total{device="sda"} 7289',
    'counter node_disk_flush_requests_time_seconds_total{device="sda"} 0.28500000000000003',
  ])
})

test('partitions and loops are left out, and an old kernel tells of no discards', async () => {
  const lines = await collect('', '/nowhere')
  assert.deepEqual(
    lines.filter((line) => !line.includes('"sda"')),
    [
      'gauge node_disk_info{device="cciss/c0d0",major="104",minor="0",path="",wwn="",model="",serial="",revision="",rotational="1"} 1',
      'counter node_disk_reads_completed_total{device="cciss/c0d0"} 1',
      'counter node_disk_reads_merged_total{device="cciss/c0d0"} 2',
      'counter node_disk_read_bytes_total{device="cciss/c0d0"} 1536',
      'counter node_disk_read_time_seconds_total{device="cciss/c0d0"} 0.004',
      'counter node_disk_writes_completed_total{device="cciss/c0d0"} 5',
      'counter node_disk_writes_merged_total{device="cciss/c0d0"} 6',
      'counter node_disk_written_bytes_total{device="cciss/c0d0"} 9.44473296573929e+21',
      'counter node_disk_write_time_seconds_total{device="cciss/c0d0"} 0.008',
      'gauge node_disk_io_now{device="cciss/c0d0"} 9',
      'counter node_disk_io_time_seconds_total{device="cciss/c0d0"} 0.01',
      'counter node_disk_io_time_weighted_seconds_total{device="cciss/c0d0"} 0.011',
    ],
  )
})
