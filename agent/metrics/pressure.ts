import type { MetricFamily } from '../event.ts'
import { NO_DATA, type OpenCollector } from './collector.ts'
import { single } from './family.ts'

type Share = 'some' | 'full'

/** Which line of which file is told of; the kernel has `full` for cpu too, which says nothing (always 0), and irq has no `some`. */
const FAMILIES: readonly (readonly [resource: string, share: Share, name: string, help: string])[] = [
  ['cpu', 'some', 'cpu_waiting', 'Total time in seconds that processes have waited for CPU time'],
  ['io', 'some', 'io_waiting', 'Total time in seconds that processes have waited due to IO congestion'],
  ['io', 'full', 'io_stalled', 'Total time in seconds no process could make progress due to IO congestion'],
  ['memory', 'some', 'memory_waiting', 'Total time in seconds that processes have waited for memory'],
  ['memory', 'full', 'memory_stalled', 'Total time in seconds no process could make progress due to memory congestion'],
  ['irq', 'full', 'irq_stalled', 'Total time in seconds no process could make progress due to IRQ congestion'],
]

/** Documentation/accounting/psi.rst: `some avg10=0.00 avg60=0.00 avg300=0.00 total=0`, total in µs. In seconds; undefined: no such line. */
export const parsePressure = (text: string, share: Share): number | undefined => {
  const line = text.split('\n').find((l) => l.startsWith(`${share} `))
  if (line === undefined) return undefined
  const total = Number(/ total=(\d+)$/.exec(line)?.[1])
  if (Number.isNaN(total)) throw new Error(`pressure is not understood: ${JSON.stringify(line)}`)
  return total / 1e6
}

/** node_exporter: collector/pressure_linux.go. Without psi=1 the kernel has no files, or ones that cannot be opened (EOPNOTSUPP). */
export const openPressure: OpenCollector = (host) => ({
  name: 'pressure',
  collect: () => {
    const texts = new Map<string, string | undefined>()
    for (const [resource] of FAMILIES)
      if (!texts.has(resource))
        texts.set(
          resource,
          host.maybe(() => host.proc(`pressure/${resource}`)),
        )
    const families = FAMILIES.flatMap(([resource, share, name, help]): MetricFamily[] => {
      const seconds = parsePressure(texts.get(resource) ?? '', share)
      return seconds === undefined ? [] : [single('counter', `node_pressure_${name}_seconds_total`, help, seconds)]
    })
    return families.length === 0 ? NO_DATA : families
  },
})
