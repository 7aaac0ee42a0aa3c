import type { Origin } from '../event.ts'
import type { ContainerLag, OutputState, SourceState, StatusReply } from '../page/api.ts'
import type { FileStats } from '../source/options.ts'
import type { Delivery } from '../telemetry/delivery-tally.ts'
import type { HeldOutput } from '../telemetry/held-outputs.ts'
import type { OpenLane } from './open-lane.ts'
import type { Pipeline } from './pipeline.ts'

/** Who is further behind than these is seen by the sum. */
const CONTAINERS = 50

const nameOf = (origin: Origin, path: string): string =>
  origin.kind === 'container' ? `${origin.namespace}/${origin.pod}/${origin.container}` : path

const lagOf = ({ size, committed }: FileStats): number => Math.max(0, size - committed)

const containersOf = (files: readonly FileStats[]): ContainerLag[] => {
  const byName = new Map<string, ContainerLag>()
  for (const file of files) {
    const name = nameOf(file.origin, file.path)
    const known = byName.get(name)
    const lagBytes = (known?.lagBytes ?? 0) + lagOf(file)
    byName.set(name, { name, source: file.source, lagBytes, files: (known?.files ?? 0) + 1 })
  }
  return [...byName.values()].sort((a, b) => b.lagBytes - a.lagBytes || (a.name < b.name ? -1 : 1))
}

const queueOf = ({ lane, queue }: OpenLane): OutputState['queue'] => {
  const { sealed, sending, retrying, spilled } = queue.stats()
  const { stagedBytes } = lane.stats()
  const staged = { chunks: stagedBytes > 0 ? 1 : 0, bytes: stagedBytes }
  return Object.entries({ staged, sealed, sending, retrying, spilled }).map(([state, amount]) => ({ state, ...amount }))
}

const noDelivery = { deliveredDocuments: 0, retriedDocuments: 0, deadLetters: 0, verdictAgeMs: undefined }

export interface PageFacts {
  readonly nowMs: number
  readonly node: string
  readonly version: string
  readonly uptimeMs: number
  readonly residentBytes: number
  readonly kinds: ReadonlyMap<string, string>
  readonly waiting: Readonly<Record<string, string>>
  readonly wedged: StatusReply['wedged']
  readonly held: readonly HeldOutput[]
  readonly deliveries: readonly Delivery[]
}

const outputOf = (open: OpenLane, { kinds, held, deliveries, nowMs }: PageFacts): OutputState => {
  const { lane, queue, usage, totalLimitBytes, deadLetters } = open
  const { full, oldestMs } = queue.stats()
  const { output: _, ...delivery } = deliveries.find((one) => one.output === lane.name) ?? { output: '', ...noDelivery }
  return {
    output: lane.name,
    kind: kinds.get(lane.name) ?? '',
    queue: queueOf(open),
    queueLimitBytes: totalLimitBytes,
    store: usage && { usedBytes: usage.usedBytes(), limitBytes: usage.limitBytes },
    held: held.filter((one) => one.output === lane.name).map(({ output: _, ...rest }) => rest),
    full,
    ...delivery,
    deadLetterBytes: deadLetters.bytes,
    oldestAgeMs: oldestMs === undefined ? 0 : Math.max(0, nowMs - oldestMs),
  }
}

/** The pipeline as the node page shows it. */
export const pageStatus = (pipeline: Pipeline, facts: PageFacts): StatusReply => {
  const stats = [...pipeline.tailers].map(([source, tailer]) => ({ source, ...tailer.stats() }))
  const containers = containersOf(stats.flatMap(({ files }) => files))
  const { nowMs, node, version, uptimeMs, residentBytes, kinds, waiting, wedged } = facts
  return {
    ...{ nowMs, node, version, uptimeMs, residentBytes, waiting, wedged },
    searchable: [...kinds.values()].includes('local'),
    sources: stats.map(
      ({ source, files, openHandles, unreadable }): SourceState => ({
        source,
        files: files.length,
        openFiles: openHandles,
        unreadableFiles: unreadable,
        lagBytes: files.reduce((sum, file) => sum + lagOf(file), 0),
      }),
    ),
    containers: containers.slice(0, CONTAINERS),
    containerCount: containers.length,
    outputs: pipeline.lanes.map((open) => outputOf(open, facts)),
  }
}
