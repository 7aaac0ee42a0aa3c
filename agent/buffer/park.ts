import type { BulkBody, HeldItem } from '../event.ts'
import { itemStreams, pickItems } from './bulk-items.ts'
import { type Entry, entryOfFile } from './entry.ts'
import type { Refusal } from './hold.ts'
import { type Part, toChunkPositions } from './judge.ts'
import type { Spiller } from './spiller.ts'
import type { StreamHolds } from './stream-holds.ts'

/** Documents of a chunk that their data streams refuse. */
export interface Parking {
  readonly entry: Entry
  /** What was sent of it. */
  readonly body: BulkBody
  readonly part: Part
  readonly held: readonly HeldItem[]
  /** Nothing else is left of the chunk. */
  readonly alone: boolean
  readonly refusal: Omit<Refusal, 'reason'>
}

export interface ParkDeps {
  readonly holds: StreamHolds
  readonly spiller: Spiller
  readonly entries: Map<number, Entry>
  readonly nextSeq: () => number
  readonly defaultStream: string | undefined
  readonly nowMs: () => number
}

interface Group {
  readonly reason: string
  readonly items: number[]
}

const groupsOf = ({ body, held }: Parking, defaultStream: string | undefined): Map<string, Group> => {
  const streams = itemStreams(
    body,
    held.map(({ item }) => item),
  )
  const groups = new Map<string, Group>()
  held.forEach(({ item, reason }, i) => {
    const stream = streams[i] ?? defaultStream ?? ''
    const group = groups.get(stream)
    if (group) group.items.push(item)
    else groups.set(stream, { reason, items: [item] })
  })
  return groups
}

/**
 * Puts documents of held data streams aside, so that their chunk does not wait for them: those of one stream go into a chunk file of
 * their own, fsynced before the chunk that they came from may end. A chunk of which nothing else is left waits itself. Returns what stays
 * with the chunk: that, or what cannot be put aside now (no room, a broken disk, too many streams) and is retried like any other.
 */
export const park = (parking: Parking, deps: ParkDeps): readonly Part[] => {
  if (parking.held.length === 0) return []
  const stay: number[] = []
  try {
    const groups = groupsOf(parking, deps.defaultStream)
    for (const [stream, { reason, items }] of groups) {
      const known = deps.holds.refused(stream, { ...parking.refusal, reason })
      if (known && groups.size === 1 && mayWaitItself(parking, items)) return waitItself(parking, stream, items, deps)
      if (!known || !writeAside(parking, stream, items, deps)) stay.push(...items)
    }
  } catch {
    // A body that cannot be taken apart: tried whole again.
    return [parking.part]
  }
  return stay.length > 0 ? [toChunkPositions(parking.part, stay)] : []
}

/** On disk only where the whole file is for the stream: positions of thousands of files would fill the memory. */
const mayWaitItself = ({ alone, entry, body }: Parking, items: readonly number[]): boolean =>
  alone && (entry.place.kind === 'memory' || (items.length === body.documents && body.documents === entry.documents))

const waitItself = (
  { entry, body, part }: Parking,
  stream: string,
  items: readonly number[],
  { spiller }: ParkDeps,
): readonly Part[] => {
  entry.waitsFor = stream
  entry.attempt++
  spiller.report(entry)
  return items.length === body.documents ? [part] : [toChunkPositions(part, items)]
}

const writeAside = (
  { entry, body, alone }: Parking,
  stream: string,
  items: readonly number[],
  deps: ParkDeps,
): boolean => {
  const picked = pickItems(body, items)
  const seq = deps.nextSeq()
  const creditBytes = alone && entry.place.kind === 'disk' ? entry.place.stored.bytes : 0
  const stored = deps.spiller.write(seq, picked, entry.oldestMs, creditBytes)
  if (!stored) return false
  const aside = entryOfFile(stored, deps.nowMs())
  aside.waitsFor = stream
  aside.attempt = 1
  aside.documents = picked.documents
  aside.plainBytes = picked.plainBytes
  deps.entries.set(seq, aside)
  return true
}
