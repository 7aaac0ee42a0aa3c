import type { MetricFamily, MetricSample } from '../event.ts'
import { attributeNumber, readAttribute } from './attribute-file.ts'
import type { OpenCollector } from './collector.ts'
import { createDeviceLabels } from './device-labels.ts'
import { family } from './family.ts'
import { admits } from './name-filter.ts'

/**
 * The columns of /proc/net/dev as node_exporter calls them. The kernel has added the kinds of errors up already as node_exporter does with what
 * netlink tells it (kernel: net/core/net-procfs.c, dev_seq_printf_stats; node_exporter: collector/netdev_common.go, legacy).
 */
const COLUMNS = [
  'receive_bytes',
  'receive_packets',
  'receive_errs',
  'receive_drop',
  'receive_fifo',
  'receive_frame',
  'receive_compressed',
  'receive_multicast',
  'transmit_bytes',
  'transmit_packets',
  'transmit_errs',
  'transmit_drop',
  'transmit_fifo',
  'transmit_colls',
  'transmit_carrier',
  'transmit_compressed',
] as const

const NO_HANDLER = 'receive_nohandler'

const HEAD_LINES = 2

export interface NetdevLine {
  readonly device: string
  /** In the order of the columns. */
  readonly values: readonly number[]
}

/** `  eth0:  1 2 …`; the name may hold a colon (an alias), the values do not. Lines that are cut short are left out. */
export const parseNetdev = (text: string): NetdevLine[] =>
  text
    .split('\n')
    .slice(HEAD_LINES)
    .flatMap((line) => {
      const colon = line.lastIndexOf(':')
      const values = line
        .slice(colon + 1)
        .split(' ')
        .filter((field) => field !== '')
        .map(Number)
      const whole = colon > 0 && values.length >= COLUMNS.length && !values.includes(Number.NaN)
      return whole ? [{ device: line.slice(0, colon).trimStart(), values }] : []
    })

const counter = (column: string, samples: readonly MetricSample[]): MetricFamily =>
  family('counter', `node_network_${column}_total`, `Network device statistic ${column}.`, samples)

/** node_exporter: collector/netdev_linux.go. The packets that nobody wanted are in sysfs alone. */
export const openNetdev: OpenCollector = (host, { netdev: { devices } }) => {
  const labelsOf = createDeviceLabels()
  const noHandler = ({ device }: NetdevLine): MetricSample[] => {
    const path = `${host.roots.sysfs}/class/net/${device}/statistics/rx_nohandler`
    const value = attributeNumber(readAttribute(path))
    return value === undefined ? [] : [{ labels: labelsOf(device), value }]
  }
  return {
    name: 'netdev',
    collect: () => {
      const lines = parseNetdev(host.net('dev')).filter(({ device }) => admits(devices, device))
      const column = (name: string, index: number): MetricFamily =>
        counter(
          name,
          lines.map(({ device, values }) => ({ labels: labelsOf(device), value: values[index] as number })),
        )
      return [...COLUMNS.map(column), counter(NO_HANDLER, lines.flatMap(noHandler))]
    },
  }
}
