import type { MetricFamily, MetricKind } from '../event.ts'
import { readAttribute } from './attribute-file.ts'
import type { OpenCollector } from './collector.ts'
import { createDeviceLabels } from './device-labels.ts'
import { diskInfoFamilies } from './disk-info.ts'
import { family } from './family.ts'
import { admits } from './name-filter.ts'
import { openUdev } from './udev-properties.ts'

/** /proc/diskstats counts sectors of 512 bytes whatever the device's are, and times in ms (kernel: Documentation/admin-guide/iostats.rst). */
const SECTOR = 512
const MILLISECOND = 0.001

type Column = readonly [name: string, kind: MetricKind, unit: number, help: string]

const COLUMNS: readonly Column[] = [
  ['reads_completed_total', 'counter', 1, 'The total number of reads completed successfully.'],
  ['reads_merged_total', 'counter', 1, 'The total number of reads merged.'],
  ['read_bytes_total', 'counter', SECTOR, 'The total number of bytes read successfully.'],
  ['read_time_seconds_total', 'counter', MILLISECOND, 'The total number of seconds spent by all reads.'],
  ['writes_completed_total', 'counter', 1, 'The total number of writes completed successfully.'],
  ['writes_merged_total', 'counter', 1, 'The number of writes merged.'],
  ['written_bytes_total', 'counter', SECTOR, 'The total number of bytes written successfully.'],
  ['write_time_seconds_total', 'counter', MILLISECOND, 'This is the total number of seconds spent by all writes.'],
  ['io_now', 'gauge', 1, 'The number of I/Os currently in progress.'],
  ['io_time_seconds_total', 'counter', MILLISECOND, 'Total seconds spent doing I/Os.'],
  ['io_time_weighted_seconds_total', 'counter', MILLISECOND, 'The weighted # of seconds spent doing I/Os.'],
  ['discards_completed_total', 'counter', 1, 'The total number of discards completed successfully.'],
  ['discards_merged_total', 'counter', 1, 'The total number of discards merged.'],
  ['discarded_sectors_total', 'counter', 1, 'The total number of sectors discarded successfully.'],
  ['discard_time_seconds_total', 'counter', MILLISECOND, 'This is the total number of seconds spent by all discards.'],
  ['flush_requests_total', 'counter', 1, 'The total number of flush requests completed successfully'],
  [
    'flush_requests_time_seconds_total',
    'counter',
    MILLISECOND,
    'This is the total number of seconds spent by all flush requests.',
  ],
]

export interface DiskLine {
  readonly major: number
  readonly minor: number
  readonly device: string
  /** 11 since Linux 2.6, 15 since 4.18 (discards), 17 since 5.5 (flushes). */
  readonly values: readonly number[]
}

const LEAST_VALUES = 11

/** Lines that are shorter than any kernel's, or not of numbers, are left out. */
export const parseDiskstats = (text: string): DiskLine[] =>
  text.split('\n').flatMap((line) => {
    const [major = '', minor = '', device = '', ...rest] = line.split(' ').filter((field) => field !== '')
    const values = rest.slice(0, COLUMNS.length).map(Number)
    const numbers = [Number(major), Number(minor), ...values]
    const whole = values.length >= LEAST_VALUES && !numbers.includes(Number.NaN)
    return whole ? [{ major: Number(major), minor: Number(minor), device, values }] : []
  })

/** node_exporter: collector/diskstats_linux.go. */
export const openDiskstats: OpenCollector = (host, { diskstats: { devices } }) => {
  const labelsOf = createDeviceLabels()
  const udevOf = openUdev(host)
  const column = (disks: readonly DiskLine[], [name, kind, unit, help]: Column, index: number): MetricFamily => {
    const samples = disks.flatMap(({ device, values }) => {
      const value = values[index]
      return value === undefined ? [] : [{ labels: labelsOf(device), value: value * unit }]
    })
    return family(kind, `node_disk_${name}`, help, samples)
  }
  /** 0 where there is none to read, as in node_exporter. sysfs has `!` where a device's name has a slash. */
  const rotational = ({ device }: DiskLine): string =>
    readAttribute(`${host.roots.sysfs}/block/${device.replaceAll('/', '!')}/queue/rotational`) === '1' ? '1' : '0'
  return {
    name: 'diskstats',
    collect: () => {
      const disks = parseDiskstats(host.proc('diskstats')).filter(({ device }) => admits(devices, device))
      const known = disks.map((disk) => ({
        ...disk,
        rotational: rotational(disk),
        udev: udevOf(disk.major, disk.minor),
      }))
      return [...diskInfoFamilies(known), ...COLUMNS.map((one, index) => column(disks, one, index))]
    },
  }
}
