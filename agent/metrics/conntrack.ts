import type { MetricFamily } from '../event.ts'
import type { OpenCollector } from './collector.ts'
import { single } from './family.ts'

export interface ConntrackStat {
  /** Connections that are tracked now; each processor's line has the same. */
  readonly entries: number
  /** By the column's name, summed up over the processors. */
  readonly sums: ReadonlyMap<string, number>
}

const fieldsOf = (line: string): string[] => line.split(' ').filter((field) => field !== '')

/** A line of names, then one of hexadecimal numbers for each processor (kernel: net/netfilter/nf_conntrack_standalone.c, ct_cpu_seq_show). */
export const parseConntrackStat = (text: string): ConntrackStat | undefined => {
  const [head = '', ...lines] = text.split('\n')
  const names = fieldsOf(head)
  const rows = lines.map(fieldsOf).filter((row) => row.length === names.length && names.length > 1)
  const sums = new Map<string, number>()
  for (const row of rows)
    for (const [at, name] of names.entries())
      sums.set(name, (sums.get(name) ?? 0) + Number.parseInt(row[at] as string, 16))
  const entries = Number.parseInt(rows[0]?.[names.indexOf('entries')] ?? '', 16)
  return Number.isNaN(entries) ? undefined : { entries, sums }
}

const STATS = [
  ['found', 'Number of searched entries which were successful.'],
  ['invalid', 'Number of packets seen which can not be tracked.'],
  ['ignore', 'Number of packets seen which are already connected to a conntrack entry.'],
  ['insert', 'Number of entries inserted into the list.'],
  ['insert_failed', 'Number of entries for which list insertion was attempted but failed.'],
  ['drop', 'Number of packets dropped due to conntrack failure.'],
  ['early_drop', 'Number of dropped conntrack entries to make room for new ones, if maximum table size was reached.'],
  ['search_restart', 'Number of conntrack table lookups which had to be restarted due to hashtable resizes.'],
] as const

const ENTRIES = 'Number of currently allocated flow entries for connection tracking.'
const LIMIT = 'Maximum size of connection tracking table.'

const gauge = (name: string, help: string, value: number | undefined): MetricFamily[] =>
  value === undefined || Number.isNaN(value) ? [] : [single('gauge', `node_nf_conntrack_${name}`, help, value)]

/**
 * node_exporter: collector/conntrack_linux.go. /proc/sys/net speaks of the network namespace of whoever reads, a pod's own; the statistics file
 * of pid 1 has the node's count. The limit is one for all.
 */
export const openConntrack: OpenCollector = (host) => {
  const setting = (name: string): number | undefined => {
    const text = host.maybe(() => host.proc(`sys/net/netfilter/${name}`))
    return text === undefined ? undefined : Number.parseInt(text, 10)
  }
  return {
    name: 'conntrack',
    collect: () => {
      const text = host.maybe(() => host.net('stat/nf_conntrack'))
      const stat = text === undefined ? undefined : parseConntrackStat(text)
      return [
        ...gauge('entries', ENTRIES, stat?.entries ?? setting('nf_conntrack_count')),
        ...gauge('entries_limit', LIMIT, setting('nf_conntrack_max')),
        ...STATS.flatMap(([name, help]) => (stat ? gauge(`stat_${name}`, help, stat.sums.get(name) ?? 0) : [])),
      ]
    },
  }
}
