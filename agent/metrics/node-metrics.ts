import type { MetricFamily } from '../event.ts'
import { type Collector, NO_DATA } from './collector.ts'
import { family } from './family.ts'

export interface NodeMetrics {
  /** One look at the node. Whoever asks while another look is under way is given the same. */
  collect(): Promise<readonly MetricFamily[]>
}

export interface NodeMetricsDeps {
  /** ms of a clock that nobody sets. */
  readonly nowMonotonicMs: () => number
  /** Calls back after ms; returns its cancellation. */
  readonly after: (ms: number, call: () => void) => () => void
  readonly timeoutMs: number
  /** What was told last of each collector that fails; shared by all who tell the same reader. */
  readonly told: Map<string, string>
  /** Once for each reason that a collector has, not at each scrape. */
  readonly failed: (collector: string, error: Error) => void
  /** What is the same at every scrape. */
  readonly constant: readonly MetricFamily[]
}

interface Result {
  readonly name: string
  readonly families: readonly MetricFamily[]
  readonly seconds: number
  readonly success: boolean
}

const DURATION = 'node_scrape_collector_duration_seconds'
const SUCCESS = 'node_scrape_collector_success'

const scrapeFamilies = (results: readonly Result[]): MetricFamily[] => [
  family(
    'gauge',
    DURATION,
    'node_exporter: Duration of a collector scrape.',
    results.map(({ name, seconds }) => ({ labels: { collector: name }, value: seconds })),
  ),
  family(
    'gauge',
    SUCCESS,
    'node_exporter: Whether a collector succeeded.',
    results.map(({ name, success }) => ({ labels: { collector: name }, value: success ? 1 : 0 })),
  ),
]

/** Runs the collectors side by side: one that fails or hangs costs itself alone, and a hung one is not started a second time. */
export const createNodeMetrics = (collectors: readonly Collector[], deps: NodeMetricsDeps): NodeMetrics => {
  const hanging = new Set<Collector>()
  const { told } = deps
  let underWay: Promise<readonly MetricFamily[]> | undefined

  const tell = (name: string, error: Error): void => {
    if (told.get(name) === error.message) return
    told.set(name, error.message)
    deps.failed(name, error)
  }
  const withinTime = async (
    collector: Collector,
    work: Promise<readonly MetricFamily[]>,
  ): Promise<readonly MetricFamily[]> => {
    hanging.add(collector)
    const done = work.finally(() => hanging.delete(collector))
    const { promise, reject } = Promise.withResolvers<never>()
    const late = (): void => reject(new Error(`it has not answered within ${deps.timeoutMs} ms`))
    const cancel = deps.after(deps.timeoutMs, late)
    done.catch(() => {}) // Told through the race, or, after the time-out, by nobody: that it hung is known.
    return Promise.race([done, promise]).finally(cancel)
  }
  const run = async (collector: Collector): Promise<Result> => {
    const { name } = collector
    const beganMs = deps.nowMonotonicMs()
    const end = (families: readonly MetricFamily[], success: boolean): Result => ({
      name,
      families,
      success,
      seconds: (deps.nowMonotonicMs() - beganMs) / 1000,
    })
    try {
      if (hanging.has(collector)) throw new Error('it still hangs since an earlier scrape')
      const found = collector.collect()
      const families = found instanceof Promise ? await withinTime(collector, found) : found
      const complaint = collector.complaint?.()
      if (complaint) tell(name, complaint)
      else told.delete(name)
      return end(families, families !== NO_DATA)
    } catch (error) {
      tell(name, error instanceof Error ? error : new Error(String(error)))
      return end([], false)
    }
  }
  const look = async (): Promise<readonly MetricFamily[]> => {
    const results = await Promise.all(collectors.map(run))
    const told = results.flatMap(({ families }) => families).filter(({ samples }) => samples.length > 0)
    // What collectors tell of comes last: a text file may have any name, and of two families of one name the first counts.
    return [...deps.constant, ...scrapeFamilies(results), ...told]
  }
  return {
    collect: () => {
      underWay ??= look().finally(() => {
        underWay = undefined
      })
      return underWay
    },
  }
}
