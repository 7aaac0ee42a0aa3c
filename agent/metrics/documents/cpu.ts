import type { MetricLabels } from '../../event.ts'
import { coreCount } from './core-count.ts'
import { rounded } from './fraction.ts'
import { type Look, samplesOf, valuesBy } from './look.ts'

const MODES = ['user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal'] as const
const SECONDS = 'node_cpu_seconds_total'

const seriesOf = ({ cpu, mode }: MetricLabels): string => `${cpu} ${mode}`

/**
 * Seconds spent in each mode between two looks, over the processors that were on in both. What runs backwards (a processor that was off,
 * idle time as some kernels count it) counts as none.
 */
const spentBetween = (before: Look, now: Look): ReadonlyMap<string, number> => {
  const earlier = valuesBy(before, SECONDS, seriesOf)
  const spent = new Map<string, number>()
  for (const { labels, value } of samplesOf(now, SECONDS)) {
    const mode = String(labels.mode)
    const seconds = value - (earlier.get(seriesOf(labels)) ?? value)
    spent.set(mode, (spent.get(mode) ?? 0) + Math.max(0, seconds))
  }
  return spent
}

/** `pct` reaches the number of cores, `norm.pct` 1 (elastic/integrations, packages/system/data_stream/cpu/fields/fields.yml). */
const shares = (part: number, cores: number) => ({ pct: rounded(part * cores), norm: { pct: rounded(part) } })

/** What the processors did since the look before; nothing at the first look, or where no time has passed. */
export const cpuDocuments = (now: Look, before: Look | undefined): Record<string, unknown>[] => {
  const cores = coreCount(now)
  if (!before || cores === undefined) return []
  const spent = spentBetween(before, now)
  const whole = MODES.reduce((sum, mode) => sum + (spent.get(mode) ?? 0), 0)
  if (whole <= 0) return []
  const part = (mode: string): number => (spent.get(mode) ?? 0) / whole
  const modes = Object.fromEntries(MODES.map((mode) => [mode, shares(part(mode), cores)]))
  const total = shares(Math.max(0, 1 - part('idle') - part('iowait')), cores)
  return [{ system: { cpu: { cores, total, ...modes } }, host: { cpu: { usage: total.norm.pct } } }]
}
