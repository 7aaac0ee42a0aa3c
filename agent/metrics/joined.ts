import type { MetricFamily } from '../event.ts'
import type { Collector } from './collector.ts'

/**
 * Who asks while the collector is still at it is given the same: what hangs takes threads, of which Node has four, and must not take them once
 * for the page, once for the scrape and once for each source.
 */
export const joined = (collector: Collector): Collector => {
  let underWay: Promise<readonly MetricFamily[]> | undefined
  return {
    ...collector,
    collect: () => {
      if (underWay) return underWay
      const found = collector.collect()
      if (!(found instanceof Promise)) return found
      underWay = found.finally(() => {
        underWay = undefined
      })
      return underWay
    },
  }
}
