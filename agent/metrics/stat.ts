import type { MetricFamily, MetricKind } from '../event.ts'
import type { OpenCollector } from './collector.ts'
import { single } from './family.ts'

const FIELDS: Readonly<Record<string, readonly [kind: MetricKind, name: string, help: string]>> = {
  intr: ['counter', 'node_intr_total', 'Total number of interrupts serviced.'],
  ctxt: ['counter', 'node_context_switches_total', 'Total number of context switches.'],
  btime: ['gauge', 'node_boot_time_seconds', 'Node boot time, in unixtime.'],
  processes: ['counter', 'node_forks_total', 'Total number of forks.'],
  procs_running: ['gauge', 'node_procs_running', 'Number of processes in runnable state.'],
  procs_blocked: ['gauge', 'node_procs_blocked', 'Number of processes blocked waiting for I/O to complete.'],
}

/** proc_stat(5): the first number of each line that does not tell of a CPU. `intr` goes on with thousands of others on large machines. */
export const parseStat = (text: string): ReadonlyMap<string, number> => {
  const found = new Map<string, number>()
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf('\n', at)
    const last = end === -1 ? text.length : end
    const blank = text.indexOf(' ', at)
    if (blank !== -1 && blank < last && !text.startsWith('cpu', at)) {
      const next = text.indexOf(' ', blank + 1)
      found.set(text.slice(at, blank), Number(text.slice(blank + 1, next === -1 || next > last ? last : next)))
    }
    at = last + 1
  }
  return found
}

const familiesOf = (values: ReadonlyMap<string, number>): MetricFamily[] =>
  Object.entries(FIELDS).flatMap(([key, [kind, name, help]]) => {
    const value = values.get(key)
    if (value === undefined) return []
    if (Number.isNaN(value)) throw new Error(`stat has no number at ${key}`)
    return [single(kind, name, help, value)]
  })

/** node_exporter: collector/stat_linux.go. */
export const openStat: OpenCollector = (host) => ({
  name: 'stat',
  collect: () => familiesOf(parseStat(host.proc('stat'))),
})
