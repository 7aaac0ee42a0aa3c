import { constants } from 'node:fs'
import { join } from 'node:path'
import type { Filesystem } from '../../lib/io/filesystem.ts'
import type { HeldFile } from '../audit/auditor.ts'
import { type Evidence, evidenceOf, type Origin } from '../audit/evidence.ts'
import type { HeldPosition } from '../audit/judge.ts'
import { RangeSet } from '../audit/ranges.ts'
import { findLetters } from '../buffer/dead-letter-lines.ts'
import { listSegments } from '../buffer/dead-letter-segment.ts'
import { lookIntoQueue } from '../buffer/look-into-queue.ts'
import { type CheckpointEntry, decodeCheckpoint } from '../source/checkpoint.ts'
import { originOf } from '../source/origin-of.ts'
import type { StatePaths } from '../state/state-paths.ts'

interface Holding {
  readonly origin: Origin
  readonly queued: RangeSet
  readonly deadLettered: RangeSet
  position: HeldPosition | undefined
}

const readText = (filesystem: Filesystem, path: string): string => {
  if (!filesystem.stat(path)) return ''
  const fd = filesystem.open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  try {
    const bytes = Buffer.alloc(filesystem.fstat(fd).size)
    let length = 0
    for (let more = -1; more !== 0 && length < bytes.length; length += more)
      more = filesystem.read(fd, bytes.subarray(length), length)
    return bytes.toString('utf8', 0, length)
  } finally {
    filesystem.close(fd)
  }
}

function* checkpointEntries(filesystem: Filesystem, root: string): Generator<CheckpointEntry> {
  const folder = join(root, 'sources')
  if (filesystem.stat(folder)?.kind !== 'directory') return
  for (const source of filesystem.readdir(folder)) {
    const read = decodeCheckpoint(readText(filesystem, join(folder, source, 'positions.json')))
    if (read.kind === 'read') yield* read.entries
  }
}

const originOfEntry = (entry: CheckpointEntry, node: string): Origin => {
  const origin = originOf(entry)
  const { namespace, pod, container } = origin.kind === 'container' ? origin : ({} as Partial<Origin>)
  return { path: entry.path, node, namespace, pod, container }
}

const parsed = (text: string): Evidence | undefined => {
  try {
    return evidenceOf(JSON.parse(text))
  } catch {
    return undefined // A half-written line, or one that is no JSON: it was refused for that.
  }
}

/**
 * What an agent holds for one output, from its state folder. Positions first, then what they rest on, and the store after all of it:
 * what is delivered meanwhile is found there, and nothing falls between two looks.
 */
export const heldFiles = (
  filesystem: Filesystem,
  paths: StatePaths,
  output: string,
  node: string,
): ReadonlyMap<string, HeldFile> => {
  const held = new Map<string, Holding>()
  const of = (fingerprint: string, origin: Origin): Holding => {
    const known = held.get(fingerprint)
    if (known) return known
    const made: Holding = { origin, queued: new RangeSet(), deadLettered: new RangeSet(), position: undefined }
    held.set(fingerprint, made)
    return made
  }
  const add = (what: 'queued' | 'deadLettered', document: string): void => {
    const evidence = parsed(document)
    if (!evidence || evidence.closing) return
    for (const stretch of evidence.stretches) of(stretch.fingerprint, evidence.origin)[what].add(stretch)
  }
  for (const entry of checkpointEntries(filesystem, paths.root)) {
    const committed = entry.lanes[output]
    if (committed === undefined) continue
    const holding = of(entry.fingerprint, originOfEntry(entry, node))
    holding.position = { committed, began: entry.began[output] ?? 0 }
  }
  for (const item of lookIntoQueue(filesystem, paths.queue(output))) add('queued', item.document)
  for (const segment of listSegments(filesystem, paths.deadLetters(output)))
    for (const { letter } of findLetters(filesystem, segment)) add('deadLettered', letter.document)
  return new Map(
    [...held].map(([fingerprint, { origin, queued, deadLettered, position }]) => [
      fingerprint,
      { origin, queued: queued.ranges, deadLettered: deadLettered.ranges, position },
    ]),
  )
}
