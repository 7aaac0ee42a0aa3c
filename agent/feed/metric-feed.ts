import { gzipSync } from 'node:zlib'
import type { AgentEvents, Chunk, MetricItem, SealedBody } from '../event.ts'
import type { LaneQueue } from './lane.ts'

export interface MetricFeedOptions {
  /** The output. */
  readonly name: string
  readonly compression: 'none' | 'fast'
  /** Of a body, before compression. */
  readonly chunkLimitBytes: number
}

export interface MetricFeedDeps {
  readonly queue: Pick<LaneQueue, 'push' | 'full' | 'holds'>
  /** No memory is free and more will come: what waits should go to disk. */
  readonly starved: (yes: boolean) => void
  readonly events: Pick<AgentEvents, 'chunkSealed' | 'dropped'>
}

/** The way of the node's metrics into one output's queue. */
export interface MetricFeed {
  /** Takes the documents of one look. Never waits: where there is no room they are dropped, and counted. */
  push(items: readonly MetricItem[], nowMs: number): void
}

/** Looks that wait in memory, as many as a lane has slots. */
const MOST_LOOKS = 3

/** Groups of documents that fit into a body; one that alone does not has a body of its own. */
const bodiesOf = (documents: readonly string[], limitBytes: number): string[][] => {
  const bodies: string[][] = []
  let room = 0
  for (const document of documents) {
    const size = Buffer.byteLength(document)
    if (size > room) {
      bodies.push([])
      room = limitBytes
    }
    bodies.at(-1)?.push(document)
    room -= size
  }
  return bodies
}

/**
 * A look at the node cannot be taken again later, and nobody can be told to wait: what finds the queue full is dropped. As long as it is
 * not, an outage goes to the disk queue as that of logs does.
 */
export const createMetricFeed = (options: MetricFeedOptions, deps: MetricFeedDeps): MetricFeed => {
  const { events, queue, starved } = deps
  /** Bodies in memory of each look. */
  const waiting = new Map<object, number>()

  const sealed = (documents: readonly string[]): SealedBody => {
    const plain = Buffer.from(documents.join(''))
    const encoding = options.compression === 'fast' ? 'gzip' : 'identity'
    // Level 1, as the wire has it. The kernel's deflate knows the form of log documents only.
    const bytes = encoding === 'gzip' ? gzipSync(plain, { level: 1 }) : plain
    return { bytes, encoding, plainBytes: plain.length, documents: documents.length }
  }
  const released = (look: object): void => {
    const left = (waiting.get(look) ?? 1) - 1
    if (left > 0) waiting.set(look, left)
    else waiting.delete(look)
    starved(waiting.size >= MOST_LOOKS)
  }
  const chunkOf = (body: SealedBody, look: object, nowMs: number): Chunk => ({
    body,
    oldestMs: nowMs,
    vanishing: false,
    settled: () => {},
    release: () => released(look),
  })
  const noRoom = (): string | undefined => {
    if (queue.full()) return 'queue_full'
    return waiting.size >= MOST_LOOKS ? 'no_memory' : undefined
  }

  const drop = (documents: number, cause: string): void => {
    if (documents > 0) events.dropped(options.name, documents, cause)
  }
  /** A data stream that takes nothing may use half of the disk's limit, as with logs: the other half is for the others. */
  const unheld = (items: readonly MetricItem[]): string[] => {
    const taken = items.filter(({ stream }) => !queue.holds(stream)).map(({ lines }) => lines)
    drop(items.length - taken.length, 'stream_held')
    return taken
  }

  return {
    push: (items, nowMs) => {
      const cause = noRoom()
      if (cause !== undefined) return drop(items.length, cause)
      const documents = unheld(items)
      if (documents.length === 0) return
      const look = {}
      const bodies = bodiesOf(documents, options.chunkLimitBytes).map(sealed)
      waiting.set(look, bodies.length)
      for (const body of bodies) {
        events.chunkSealed(options.name, body, 'age')
        queue.push(chunkOf(body, look, nowMs))
      }
      starved(waiting.size >= MOST_LOOKS)
    },
  }
}
