import type { MetricFamily } from '../event.ts'
import type { OpenCollector } from './collector.ts'
import { single } from './family.ts'

export interface MemoryField {
  /** `Active_anon_bytes`, `HugePages_Total`. */
  readonly name: string
  readonly value: number
}

/** `Active(anon):  12 kB` → Active_anon_bytes, 12288. What has no unit is a number of pages. */
const fieldOf = (line: string): MemoryField => {
  const colon = line.indexOf(':')
  const inBytes = line.endsWith(' kB')
  const number = Number(line.slice(colon + 1, inBytes ? -3 : undefined))
  if (colon < 1 || Number.isNaN(number))
    throw new Error(`meminfo has a line that is not understood: ${JSON.stringify(line)}`)
  const key = line.slice(0, colon)
  const plain = key.endsWith(')') ? key.replace('(', '_').slice(0, -1) : key
  return inBytes ? { name: `${plain}_bytes`, value: number * 1024 } : { name: plain, value: number }
}

/** proc_meminfo(5). Every line counts, also those of later kernels. */
export const parseMeminfo = (text: string): readonly MemoryField[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map(fieldOf)

const familyOf = ({ name, value }: MemoryField): MetricFamily =>
  single(
    name.endsWith('_total') ? 'counter' : 'gauge',
    `node_memory_${name}`,
    `Memory information field ${name}.`,
    value,
  )

/** node_exporter: collector/meminfo.go. */
export const openMeminfo: OpenCollector = (host) => ({
  name: 'meminfo',
  collect: () => parseMeminfo(host.proc('meminfo')).map(familyOf),
})
