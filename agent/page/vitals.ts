import type { Clock } from '../../lib/io/clock.ts'
import type { MetricFamily } from '../event.ts'
import { createHistory, type History } from './history.ts'
import { readings } from './readings.ts'

/** An hour, of which every look costs the agent some milliseconds (docs/page.md has the measurement). */
const PERIOD_MS = 15_000
const SLOTS = 240

/** The charts' data: a look at the node every fifteen seconds, whether somebody looks at the page or not. */
export interface Vitals extends Pick<History, 'since'> {
  run(signal: AbortSignal): Promise<void>
}

export const createVitals = (collect: () => Promise<readonly MetricFamily[]>, clock: Clock): Vitals => {
  const history = createHistory(SLOTS, PERIOD_MS)
  const run = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      history.add(clock.now(), clock.monotonic(), readings(await collect()))
      await clock.sleep(PERIOD_MS, signal)
    }
  }
  return { since: history.since, run }
}
