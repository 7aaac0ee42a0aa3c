import type { MetricFamily } from '../event.ts'
import type { OpenCollector } from './collector.ts'
import { single } from './family.ts'
import { admits } from './name-filter.ts'

/** `<Protocol>_<Name>` and its value, as the file says it. */
export type Statistic = readonly [key: string, value: number]

/** What is wanted of a line of values: where it stands, and what it is called. */
export type WantedFields = readonly (readonly [at: number, key: string])[]

/**
 * /proc/net/netstat and snmp: a line of names after `<Protocol>:`, and one of values (kernel: Documentation/networking/snmp_counter.rst). `wanted` is asked
 * with the line of names.
 */
export const parseNetstat = (text: string, wanted: (names: string) => WantedFields): Statistic[] => {
  const lines = text.split('\n')
  const statistics: Statistic[] = []
  for (let index = 0; index + 1 < lines.length; index += 2) {
    const names = lines[index] as string
    const fields = wanted(names)
    if (fields.length === 0) continue
    const values = (lines[index + 1] as string).split(' ')
    if (values[0] !== names.slice(0, names.indexOf(' ')) || values.length !== names.split(' ').length)
      throw new Error(`as many values as names are expected: ${JSON.stringify(lines[index + 1]?.slice(0, 80))}`)
    for (const [at, key] of fields) statistics.push([key, Number(values[at])])
  }
  return statistics
}

/** `Icmp6InMsgs   12`: the protocol's name ends in 6; what has none is passed over. */
const snmp6Key = (name: string): string | undefined => {
  const six = name.indexOf('6')
  return six === -1 ? undefined : `${name.slice(0, six + 1)}_${name.slice(six + 1)}`
}

export const parseSnmp6 = (text: string, wanted: (name: string) => string | undefined): Statistic[] =>
  text.split('\n').flatMap((line) => {
    const blank = line.search(/[ \t]/)
    const key = blank === -1 ? undefined : wanted(line.slice(0, blank))
    return key === undefined ? [] : [[key, Number(line.slice(blank))]]
  })

/** More than any kernel has; no list of names grows without end. */
const MAX_REMEMBERED = 4096

/** The kernel's names are the same at each scrape: what is made of one is made once. */
const remembered = <T>(make: (text: string) => T): ((text: string) => T) => {
  const known = new Map<string, T>()
  return (text) => {
    const before = known.get(text)
    if (before !== undefined || known.has(text)) return before as T
    if (known.size >= MAX_REMEMBERED) known.clear()
    const made = make(text)
    known.set(text, made)
    return made
  }
}

/** The fields of a line of names that are admitted. */
export const fieldsOf =
  (admitted: (key: string) => boolean) =>
  (names: string): WantedFields => {
    const [protocol = '', ...fields] = names.split(' ')
    return fields
      .map((name, index) => [index + 1, `${protocol.slice(0, -1)}_${name}`] as const)
      .filter(([, key]) => admitted(key))
  }

export const snmp6KeyOf =
  (admitted: (key: string) => boolean) =>
  (name: string): string | undefined => {
    const key = snmp6Key(name)
    return key !== undefined && admitted(key) ? key : undefined
  }

/** node_exporter: collector/netstat_linux.go. Untyped, for some are counters and some are not, and no file says which. */
export const openNetstat: OpenCollector = (host, { netstat: { fields } }) => {
  const admitted = (key: string): boolean => admits(fields, key)
  const wantedFields = remembered(fieldsOf(admitted))
  const wantedKey = remembered(snmp6KeyOf(admitted))
  const told = ([key, value]: Statistic): MetricFamily[] =>
    Number.isNaN(value) ? [] : [single('unknown', `node_netstat_${key}`, `Statistic ${key.replace('_', '')}.`, value)]
  return {
    name: 'netstat',
    collect: () => {
      const six = host.maybe(() => host.net('snmp6')) ?? ''
      const all = [
        ...parseNetstat(host.net('netstat'), wantedFields),
        ...parseNetstat(host.net('snmp'), wantedFields),
        ...parseSnmp6(six, wantedKey),
      ]
      return all.flatMap(told)
    },
  }
}
