import type { VitalsReply } from '../api.ts'
import { bytes, bytesPerSecond, decimal, percent } from './units.ts'

export interface ChartSpec {
  readonly id: string
  readonly title: string
  readonly hint: string
  readonly format: (value: number) => string
  /** Bytes: the grid has powers of two. */
  readonly binary: boolean
  /** Drawn on top of each other: their sum is what the height says. */
  readonly stacked: boolean
  /** The top of the scale where the data is below it. */
  readonly top: (reply: VitalsReply) => number | undefined
  readonly series: (reply: VitalsReply) => readonly (readonly [series: string, label: string])[]
  /** What a value is divided by: shares of all cores, say. */
  readonly divisor?: (reply: VitalsReply) => number
}

const present =
  (...wanted: readonly (readonly [string, string])[]) =>
  (reply: VitalsReply): readonly (readonly [string, string])[] =>
    wanted.filter(([series]) => reply.series[series] !== undefined)

const filesystems = (reply: VitalsReply): readonly (readonly [string, string])[] =>
  Object.keys(reply.series)
    .filter((series) => series.startsWith('filesystem.'))
    .map((series) => [series, series.slice('filesystem.'.length)] as const)

export const CHARTS: readonly ChartSpec[] = [
  {
    id: 'cpu',
    title: 'CPU',
    hint: 'share of all cores, by what they do',
    format: percent,
    binary: false,
    stacked: true,
    top: () => 1,
    divisor: ({ totals }) => totals.cpus ?? 1,
    series: present(
      ['cpu.user', 'user'],
      ['cpu.system', 'system'],
      ['cpu.iowait', 'waiting for disks'],
      ['cpu.irq', 'interrupts'],
      ['cpu.steal', 'stolen by the host'],
    ),
  },
  {
    id: 'memory',
    title: 'Memory',
    hint: 'what programs hold, and files that the kernel keeps',
    format: bytes,
    binary: true,
    stacked: true,
    top: ({ totals }) => totals.memoryBytes ?? undefined,
    series: present(['memory.used', 'used'], ['memory.cache', 'file cache']),
  },
  {
    id: 'load',
    title: 'Load',
    hint: 'tasks that run or wait, on average',
    format: decimal,
    binary: false,
    stacked: false,
    top: ({ totals }) => totals.cpus ?? undefined,
    series: present(['load.1', '1 min'], ['load.5', '5 min'], ['load.15', '15 min']),
  },
  {
    id: 'disk',
    title: 'Disk throughput',
    hint: 'all disks together',
    format: bytesPerSecond,
    binary: true,
    stacked: false,
    top: () => undefined,
    series: present(['disk.read', 'read'], ['disk.write', 'written']),
  },
  {
    id: 'network',
    title: 'Network',
    hint: 'the node’s own links together',
    format: bytesPerSecond,
    binary: true,
    stacked: false,
    top: () => undefined,
    series: present(['network.receive', 'received'], ['network.transmit', 'sent']),
  },
  {
    id: 'filesystem',
    title: 'File systems',
    hint: 'share that is in use',
    format: percent,
    binary: false,
    stacked: false,
    top: () => 1,
    series: filesystems,
  },
  {
    id: 'pressure',
    title: 'Pressure',
    hint: 'share of the time in which some task waited',
    format: percent,
    binary: false,
    stacked: false,
    top: () => undefined,
    series: present(['pressure.cpu', 'for a core'], ['pressure.memory', 'for memory'], ['pressure.io', 'for disks']),
  },
]
