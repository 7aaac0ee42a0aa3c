import type { MetricFamily, MetricKind } from '../event.ts'
import type { OpenCollector } from './collector.ts'
import { family } from './family.ts'
import { createLabels } from './labels.ts'

export interface SoftnetLine {
  readonly cpu: string
  /** The columns of the file. */
  readonly columns: readonly number[]
}

/** net/core/net-procfs.c, softnet_seq_show: hexadecimal columns, of which each kernel has more than the one before. */
export const parseSoftnet = (text: string): readonly SoftnetLine[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line, i) => {
      const columns = line
        .trim()
        .split(/\s+/)
        .map((column) => (/^[0-9a-f]+$/.test(column) ? Number.parseInt(column, 16) : Number.NaN))
      if (columns.length < 9 || columns.includes(Number.NaN))
        throw new Error(`softnet_stat has a line that is not understood: ${JSON.stringify(line)}`)
      // Since 5.14 the line says whose it is: CPUs that are offline have none.
      return { cpu: String(columns[12] ?? i), columns }
    })

const FAMILIES: readonly (readonly [column: number, kind: MetricKind, name: string, help: string])[] = [
  [11, 'gauge', 'backlog_len', 'Softnet backlog status'],
  [8, 'counter', 'cpu_collision_total', 'Number of collision occur while obtaining device lock while transmitting'],
  [1, 'counter', 'dropped_total', 'Number of dropped packets'],
  [10, 'counter', 'flow_limit_count_total', 'Number of times flow limit has been reached'],
  [0, 'counter', 'processed_total', 'Number of processed packets'],
  [9, 'counter', 'received_rps_total', 'Number of times cpu woken up received_rps'],
  [2, 'counter', 'times_squeezed_total', 'Number of times processing packets ran out of quota'],
]

const byCpu = createLabels('cpu')

/** What an old kernel does not have is 0, as node_exporter says it. */
const familiesOf = (lines: readonly SoftnetLine[]): MetricFamily[] =>
  FAMILIES.map(([column, kind, name, help]) =>
    family(
      kind,
      `node_softnet_${name}`,
      help,
      lines.map(({ cpu, columns }) => ({ labels: byCpu(cpu), value: columns[column] ?? 0 })),
    ),
  )

/** node_exporter: collector/softnet_linux.go. */
export const openSoftnet: OpenCollector = (host) => ({
  name: 'softnet',
  collect: () => familiesOf(parseSoftnet(host.net('softnet_stat'))),
})
