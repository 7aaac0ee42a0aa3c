import type { MetricFamily } from '../event.ts'
import type { Host } from './host.ts'
import type { MetricsOptions } from './options.ts'

/**
 * One subject of the node. What it knows comes from the kernel at each call: no timers, no gauges that are kept between scrapes.
 * A collector whose subject this machine does not have gives no families; one that cannot read what it has throws, and costs itself alone.
 */
export interface Collector {
  /** The value of the label `collector`, as node_exporter calls it. */
  readonly name: string
  /** At once where the kernel answers from memory (/proc, /sys); a promise where it may hang (statfs on a dead NFS mount). */
  collect(): readonly MetricFamily[] | Promise<readonly MetricFamily[]>
}

/** Returned (this very list) by a collector whose subject this machine does not have: `node_scrape_collector_success` is 0, and nobody is told. */
export const NO_DATA: readonly MetricFamily[] = []

export type OpenCollector = (host: Host, options: MetricsOptions) => Collector
