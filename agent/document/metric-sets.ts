import type { MetricSetName } from '../event.ts'

/** Every set, in the order in which the documents of one look are written. */
export const METRIC_SETS = [
  'cpu',
  'memory',
  'load',
  'filesystem',
  'diskio',
  'network',
] as const satisfies readonly MetricSetName[]
