import { createHash } from 'node:crypto'
import type { Filesystem } from '../../lib/io/filesystem.ts'
import { type DeadLetter, parseDeadLetter } from './dead-letter.ts'
import { type Segment, segmentLines } from './dead-letter-segment.ts'

/** A dead letter with its place and the name that people call it by. */
export interface FoundLetter {
  readonly id: string
  readonly segment: number
  /** Position in the segment, from 0. */
  readonly item: number
  /** Of its line. */
  readonly bytes: number
  readonly letter: DeadLetter
}

/** 48 bits: among a million letters two share an id once in 500 such files, and then both are shown. */
const ID_DIGITS = 12

/**
 * Made of what was sent, not of the verdict: a document that is refused again keeps its name, and one that was written twice (a crash
 * between the dead letter and the end of its chunk) is one.
 */
export const letterId = ({ output, action, document }: DeadLetter): string =>
  createHash('sha256').update(`${output}\n${action}\n${document}`).digest('hex').slice(0, ID_DIGITS)

/** The letters of a segment in order; lines that are none are passed over. */
export function* findLetters(filesystem: Filesystem, segment: Segment): Generator<FoundLetter> {
  let item = 0
  for (const line of segmentLines(filesystem, segment)) {
    const letter = parseDeadLetter(line.toString('utf8'))
    if (letter) yield { id: letterId(letter), segment: segment.seq, item, bytes: line.length + 1, letter }
    item++
  }
}
