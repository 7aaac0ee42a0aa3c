import type { MetricFamily } from '../event.ts'
import type { OpenCollector } from './collector.ts'
import { single } from './family.ts'
import { createKeyedLines } from './keyed-lines.ts'
import { admits, type NameFilter } from './name-filter.ts'

const refuse = (line: string): never => {
  throw new Error(`vmstat has a line that is not understood: ${JSON.stringify(line)}`)
}

/** Lines of a name and a number, one blank between them → families of those that are wanted. */
export const createVmstatReader = (fields: NameFilter): ((text: string) => readonly MetricFamily[]) => {
  const read = createKeyedLines(
    ' ',
    (key) =>
      admits(fields, key) ? { name: `node_vmstat_${key}`, help: `/proc/vmstat information field ${key}.` } : undefined,
    refuse,
  )
  return (text) =>
    read(text).map(([{ name, help }, value]) => {
      const number = Number(value)
      return Number.isNaN(number) ? refuse(`${name} ${value}`) : single('unknown', name, help, number)
    })
}

/** node_exporter: collector/vmstat_linux.go. */
export const openVmstat: OpenCollector = (host, { vmstat }) => {
  const families = createVmstatReader(vmstat.fields)
  return { name: 'vmstat', collect: () => families(host.proc('vmstat')) }
}
