import { constants } from 'node:fs'
import { dirname } from 'node:path/posix'
import type { Filesystem } from '../../lib/io/filesystem.ts'
import { type DeadLetter, formatDeadLetter, parseDeadLetter } from './dead-letter.ts'
import { letterId } from './dead-letter-lines.ts'
import { type Segment, segmentLines } from './dead-letter-segment.ts'

/** What became of a letter that was sent again: taken, or refused with another verdict. */
export type Fate =
  | { readonly kind: 'taken' }
  | { readonly kind: 'refused'; readonly verdict: Pick<DeadLetter, 'time' | 'status' | 'type' | 'reason'> }

const WRITE = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW

/** undefined: the line goes. A line without a fate, or that is no letter, stays byte for byte. */
const amendedLine = (line: Buffer, fates: ReadonlyMap<string, Fate>): Buffer | undefined => {
  const letter = parseDeadLetter(line.toString('utf8'))
  const fate = letter && fates.get(letterId(letter))
  if (!letter || !fate) return Buffer.concat([line, Buffer.from('\n')])
  return fate.kind === 'taken' ? undefined : Buffer.from(formatDeadLetter({ ...letter, ...fate.verdict }))
}

/**
 * Takes out of a segment what was taken and writes new verdicts into it, in one step: a new file (tmp, fsync) renamed over the old
 * one, or the old one's deletion. A crash before that leaves all of the old file, to be replayed once more (and answered with 409).
 * The caller keeps others from writing to the folder meanwhile; what they wrote before is read here again and kept.
 */
export const amendSegment = (filesystem: Filesystem, segment: Segment, fates: ReadonlyMap<string, Fate>): void => {
  // The agent's limit may have dropped it.
  if (!filesystem.lstat(segment.path)) return
  const kept: Buffer[] = []
  for (const line of segmentLines(filesystem, segment)) {
    const amended = amendedLine(line, fates)
    if (amended) kept.push(amended)
  }
  if (kept.length === 0) filesystem.unlink(segment.path)
  else replace(filesystem, segment.path, Buffer.concat(kept))
  filesystem.fsyncDirectory(dirname(segment.path))
}

const replace = (filesystem: Filesystem, path: string, data: Uint8Array): void => {
  const fd = filesystem.open(`${path}.tmp`, WRITE, 0o600)
  try {
    filesystem.write(fd, data)
    filesystem.fsync(fd)
  } finally {
    filesystem.close(fd)
  }
  filesystem.rename(`${path}.tmp`, path)
}
