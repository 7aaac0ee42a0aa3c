import type { MetricFamily } from '../event.ts'
import type { OpenCollector } from './collector.ts'
import { single } from './family.ts'
import { admits } from './name-filter.ts'

/** `<Protocol>_<Name>` and its value, as the file says it. */
export type Statistic = readonly [key: string, value: number]

/** More than any kernel has; no list of names grows without end. */
const MAX_REMEMBERED = 4096

/** Keys of a line of names, which is the same at every scrape: `Tcp: A B` → Tcp_A, Tcp_B. */
const keysOf = new Map<string, readonly string[]>()

const keysOfLine = (line: string): readonly string[] => {
  const before = keysOf.get(line)
  if (before) return before
  const [protocol = '', ...names] = line.split(' ')
  const keys = names.map((name) => `${protocol.slice(0, -1)}_${name}`)
  if (keysOf.size >= MAX_REMEMBERED) keysOf.clear()
  keysOf.set(line, keys)
  return keys
}

/** /proc/net/netstat and snmp: a line of names after `<Protocol>:`, and one of values (kernel: Documentation/networking/snmp_counter.rst). */
export const parseNetstat = (text: string): Statistic[] => {
  const lines = text.split('\n')
  const statistics: Statistic[] = []
  for (let index = 0; index + 1 < lines.length; index += 2) {
    const [names, numbers] = [lines[index] as string, lines[index + 1] as string]
    const keys = keysOfLine(names)
    const values = numbers.split(' ')
    if (!names.startsWith(`${values[0]} `) || keys.length !== values.length - 1)
      throw new Error(`as many values as names are expected: ${JSON.stringify(numbers.slice(0, 80))}`)
    for (let at = 0; at < keys.length; at++) statistics.push([keys[at] as string, Number(values[at + 1])])
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

/** node_exporter: collector/netstat_linux.go. Untyped, for some are counters and some are not, and no file says which. */
export const openNetstat: OpenCollector = (host, { netstat: { fields } }) => {
  /** The configured expression is asked once for each of the kernel's five hundred names. */
  const wanted = new Map<string, { readonly name: string; readonly help: string } | undefined>()
  const describe = (key: string): void => {
    if (wanted.size >= MAX_REMEMBERED) wanted.clear()
    const about = { name: `node_netstat_${key}`, help: `Statistic ${key.replace('_', '')}.` }
    wanted.set(key, admits(fields, key) ? about : undefined)
  }
  const told = ([key, value]: Statistic): MetricFamily[] => {
    if (!wanted.has(key)) describe(key)
    const about = wanted.get(key)
    return about && !Number.isNaN(value) ? [single('unknown', about.name, about.help, value)] : []
  }
  return {
    name: 'netstat',
    collect: () => {
      const six = host.maybe(() => host.net('snmp6')) ?? ''
      const all = [...parseNetstat(host.net('netstat')), ...parseNetstat(host.net('snmp')), ...parseSnmp6(six)]
      return all.flatMap(told)
    },
  }
}
