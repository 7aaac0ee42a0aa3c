import type { MetricFamily, MetricKind } from '../event.ts'
import type { OpenCollector } from './collector.ts'
import { single } from './family.ts'
import { createKeyedLines } from './keyed-lines.ts'

/** A line of /proc/meminfo: its metric, and how its number is written. */
interface Field {
  readonly kind: MetricKind
  readonly name: string
  readonly help: string
  readonly inKilobytes: boolean
}

const UNIT = ' kB'

/** `Active(anon)` → Active_anon_bytes. What has no unit is a number of pages. */
const fieldOf = (key: string, value: string): Field => {
  const plain = key.endsWith(')') ? key.replace('(', '_').slice(0, -1) : key
  const inKilobytes = value.endsWith(UNIT)
  const field = inKilobytes ? `${plain}_bytes` : plain
  return {
    kind: field.endsWith('_total') ? 'counter' : 'gauge',
    name: `node_memory_${field}`,
    help: `Memory information field ${field}.`,
    inKilobytes,
  }
}

const refuse = (line: string): never => {
  throw new Error(`meminfo has a line that is not understood: ${JSON.stringify(line)}`)
}

const numberOf = ({ inKilobytes, name }: Field, value: string): number => {
  const number = Number(inKilobytes ? value.slice(0, -UNIT.length) : value)
  return Number.isNaN(number) ? refuse(`${name}: ${value}`) : inKilobytes ? number * 1024 : number
}

/** proc_meminfo(5) → families. Every line counts, also those of later kernels. */
export const createMeminfoReader = (): ((text: string) => readonly MetricFamily[]) => {
  const read = createKeyedLines(':', fieldOf, refuse)
  return (text) =>
    read(text).map(([field, value]) => single(field.kind, field.name, field.help, numberOf(field, value)))
}

/** node_exporter: collector/meminfo.go. */
export const openMeminfo: OpenCollector = (host) => {
  const families = createMeminfoReader()
  return { name: 'meminfo', collect: () => families(host.proc('meminfo')) }
}
