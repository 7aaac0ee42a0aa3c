import type { Stats } from '../telemetry/stats.ts'
import type { Pipeline } from './pipeline.ts'

/** What the parts of the pipeline say of themselves, in the form that telemetry exposes. */
export const pipelineStats = (pipeline: Pipeline, nowMs: () => number): Stats => ({
  sources: [...pipeline.tailers].map(([source, tailer]) => {
    const { tracked, openHandles, unreadable, logsWaiting, deletedHeldBytes, deletedUnsettledBytes } = tailer.stats()
    const counts = {
      trackedFiles: tracked,
      openFiles: openHandles,
      unreadableFiles: unreadable,
      waitingLogs: logsWaiting,
    }
    return { source, ...counts, deletedHeldBytes, deletedUnsettledBytes }
  }),
  lags: [...pipeline.tailers].flatMap(([source, tailer]) =>
    [...tailer.stats().lagBytes].map(([output, bytes]) => ({ source, output, bytes })),
  ),
  ages: pipeline.lanes.map(({ lane, queue }) => {
    const { oldestMs } = queue.stats()
    return { output: lane.name, ageMs: oldestMs === undefined ? 0 : Math.max(0, nowMs() - oldestMs) }
  }),
  queues: pipeline.lanes.map(({ lane, queue, totalLimitBytes }) => {
    const { sealed, sending, retrying, spilled } = queue.stats()
    const { stagedBytes } = lane.stats()
    const staged = { chunks: stagedBytes > 0 ? 1 : 0, bytes: stagedBytes }
    return {
      output: lane.name,
      limitBytes: totalLimitBytes,
      states: { staged, sealed, sending, retrying, spilled },
    }
  }),
  stores: pipeline.lanes.flatMap(({ lane, usage }) =>
    usage ? [{ output: lane.name, usedBytes: usage.usedBytes(), limitBytes: usage.limitBytes }] : [],
  ),
  deadLetters: pipeline.lanes.map(({ lane, deadLetters, deadLetterLimitBytes }) => ({
    output: lane.name,
    bytes: deadLetters.bytes,
    limitBytes: deadLetterLimitBytes,
  })),
  ...podsOf(pipeline),
  checkpointAgeMs: checkpointAgeMs(pipeline, nowMs()),
})

const podsOf = ({ podStats }: Pipeline): Pick<Stats, 'pods'> => {
  const stats = podStats?.()
  return stats ? { pods: { known: stats.pods, evicted: stats.evicted, blindMs: stats.blindMs } } : {}
}

const checkpointAgeMs = ({ tailers }: Pipeline, nowMs: number): number => {
  const saved = [...tailers.values()].map((t) => t.stats().checkpointSavedMs).filter((ms) => ms !== undefined)
  return saved.length === 0 ? 0 : Math.max(0, nowMs - Math.min(...saved))
}
