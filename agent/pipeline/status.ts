import type { Stats } from '../telemetry/stats.ts'
import type { Pipeline } from './pipeline.ts'

/** What the parts of the pipeline say of themselves, in the form that telemetry exposes. */
export const pipelineStats = (pipeline: Pipeline, nowMs: () => number): Stats => ({
  sources: [...pipeline.tailers].map(([source, tailer]) => {
    const { files, openHandles } = tailer.stats()
    return { source, trackedFiles: files.length, openFiles: openHandles }
  }),
  lags: [...pipeline.tailers].flatMap(([source, tailer]) => lagsOf(source, tailer.stats().lagBytes, pipeline, nowMs())),
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
  checkpointAgeMs: checkpointAgeMs(pipeline, nowMs()),
})

/** Bytes are those of the slowest output; the age is each output's own: how old the oldest line is that has no verdict. */
const lagsOf = (source: string, bytes: number, { lanes }: Pipeline, nowMs: number) =>
  lanes.map(({ lane, queue }) => {
    const { oldestMs } = queue.stats()
    return { source, output: lane.name, bytes, ageMs: oldestMs === undefined ? 0 : Math.max(0, nowMs - oldestMs) }
  })

const checkpointAgeMs = ({ tailers }: Pipeline, nowMs: number): number => {
  const saved = [...tailers.values()].map((t) => t.stats().checkpointSavedMs).filter((ms) => ms !== undefined)
  return saved.length === 0 ? 0 : Math.max(0, nowMs - Math.min(...saved))
}
