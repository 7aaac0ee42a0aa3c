import type { MetricFamily } from '../event.ts'
import type { OpenCollector } from './collector.ts'
import { single } from './family.ts'
import { admits } from './name-filter.ts'

/** `<Protocol>_<Name>` and its value, as the file says it. */
export type Statistic = readonly [key: string, value: number]

/** /proc/net/netstat and snmp: a line of names after `<Protocol>:`, and one of values (kernel: Documentation/networking/snmp_counter.rst). */
export const parseNetstat = (text: string): Statistic[] => {
  const lines = text.split('\n')
  const statistics: Statistic[] = []
  for (let index = 0; index + 1 < lines.length; index += 2) {
    const [protocol = '', ...names] = (lines[index] as string).split(' ')
    const [again, ...values] = (lines[index + 1] as string).split(' ')
    if (protocol !== again || names.length !== values.length)
      throw new Error(`as many values as names are expected: ${JSON.stringify(lines[index + 1]?.slice(0, 80))}`)
    for (const [at, name] of names.entries()) statistics.push([`${protocol.slice(0, -1)}_${name}`, Number(values[at])])
  }
  return statistics
}

/** `Icmp6InMsgs   12`: the protocol's name ends in 6; what has none is passed over. */
export const parseSnmp6 = (text: string): Statistic[] =>
  text.split('\n').flatMap((line) => {
    const blank = line.search(/\s/)
    const six = line.indexOf('6')
    if (blank === -1 || six === -1 || six >= blank) return []
    return [[`${line.slice(0, six + 1)}_${line.slice(six + 1, blank)}`, Number(line.slice(blank))]]
  })

/** More than any kernel has; no list of names grows without end. */
const MAX_REMEMBERED = 4096

/** node_exporter: collector/netstat_linux.go. Untyped, for some are counters and some are not, and no file says which. */
export const openNetstat: OpenCollector = (host, { netstat: { fields } }) => {
  /** The configured expression is asked once for each of the kernel's five hundred names. */
  const wanted = new Map<string, boolean>()
  const isWanted = (key: string): boolean => {
    const before = wanted.get(key)
    if (before !== undefined) return before
    if (wanted.size >= MAX_REMEMBERED) wanted.clear()
    const admitted = admits(fields, key)
    wanted.set(key, admitted)
    return admitted
  }
  const told = ([key, value]: Statistic): MetricFamily[] =>
    isWanted(key) && !Number.isNaN(value)
      ? [single('unknown', `node_netstat_${key}`, `Statistic ${key.replace('_', '')}.`, value)]
      : []
  return {
    name: 'netstat',
    collect: () => {
      const six = host.maybe(() => host.net('snmp6')) ?? ''
      const all = [...parseNetstat(host.net('netstat')), ...parseNetstat(host.net('snmp')), ...parseSnmp6(six)]
      return all.flatMap(told)
    },
  }
}
