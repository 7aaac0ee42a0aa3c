import { setTimeout as sleep } from 'node:timers/promises'
import type { Sink, SinkCount } from './sink.ts'

const POLL_MS = 50
const SETTLE_MS = 3000

/** Polls until the sink has `documents`, or nothing has come for `patienceMs`. `look` is called each time. */
export const waitForDocuments = async (
  sink: Sink,
  documents: number,
  patienceMs: number,
  look: () => void,
): Promise<SinkCount> => {
  let last = await sink.count()
  let changedMs = performance.now()
  while (last.docs < documents && performance.now() - changedMs < patienceMs) {
    await sleep(POLL_MS)
    const now = await sink.count()
    if (now.docs !== last.docs) changedMs = performance.now()
    last = now
    look()
  }
  return last
}

/** The count some seconds later: what came twice or too late shows here. */
export const settledCount = async (sink: Sink): Promise<SinkCount> => {
  await sleep(SETTLE_MS)
  return sink.count()
}
