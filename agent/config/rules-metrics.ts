import type { Refuse } from './rules.ts'
import type { UserConfig } from './schema.ts'

type Filters = Readonly<Record<string, unknown>>

/** As node_exporter: what is to be told of is said by what it is, or by what it is not. */
const checkFilters = (block: string, filters: Filters | undefined, refuse: Refuse): void => {
  for (const key of Object.keys(filters ?? {})) {
    const exclude = key.replace(/_include$/, '_exclude')
    if (key === exclude || filters?.[exclude] === undefined || filters[key] === undefined) continue
    refuse(`metrics.${block}.${exclude}`, `cannot stand beside ${key}`, { suggestion: 'leave one of them out' })
  }
}

export const checkMetrics = ({ metrics }: UserConfig, refuse: Refuse): void => {
  for (const block of ['filesystem', 'diskstats', 'netdev', 'arp'] as const)
    checkFilters(block, metrics?.[block], refuse)
}
