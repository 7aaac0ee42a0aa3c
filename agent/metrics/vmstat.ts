import type { OpenCollector } from './collector.ts'
import { single } from './family.ts'
import { admits } from './name-filter.ts'

/** Lines of a name and a number, one blank between them. */
export const parseVmstat = (text: string): readonly (readonly [name: string, value: number])[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const blank = line.indexOf(' ')
      const value = Number(line.slice(blank + 1))
      if (blank < 1 || Number.isNaN(value))
        throw new Error(`vmstat has a line that is not understood: ${JSON.stringify(line)}`)
      return [line.slice(0, blank), value] as const
    })

/** node_exporter: collector/vmstat_linux.go. */
export const openVmstat: OpenCollector = (host, { vmstat }) => {
  // The kernel's names are a fixed set: the expression is asked once for each.
  const wanted = new Map<string, boolean>()
  const wants = (name: string): boolean => {
    const known = wanted.get(name) ?? admits(vmstat.fields, name)
    wanted.set(name, known)
    return known
  }
  return {
    name: 'vmstat',
    collect: () =>
      parseVmstat(host.proc('vmstat'))
        .filter(([name]) => wants(name))
        .map(([name, value]) =>
          single('unknown', `node_vmstat_${name}`, `/proc/vmstat information field ${name}.`, value),
        ),
  }
}
