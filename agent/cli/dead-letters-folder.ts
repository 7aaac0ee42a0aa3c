import type { Filesystem } from '../../lib/io/filesystem.ts'
import { type FoundLetter, findLetters } from '../buffer/dead-letter-lines.ts'
import { listSegments, type Segment } from '../buffer/dead-letter-segment.ts'
import { lookIntoStateFolder } from '../state/state-folder.ts'

/** The dead letters of one output, as they are on disk. */
export interface OutputLetters {
  readonly output: string
  readonly segments: readonly Segment[]
}

/** Which letters are meant. An empty list of ids means all. */
export interface LetterFilter {
  readonly output: string | undefined
  readonly sinceMs: number | undefined
  /** Beginnings of ids. */
  readonly ids: readonly string[]
}

/** Outputs with dead letters, also such as no configuration names any more. Throws StateError where there is no state. */
export const outputsWithLetters = (
  stateDir: string,
  filesystem: Filesystem,
  output: string | undefined,
): readonly OutputLetters[] => {
  const paths = lookIntoStateFolder(stateDir, filesystem)
  if (filesystem.stat(paths.deadLettersRoot)?.kind !== 'directory') return []
  return filesystem
    .readdir(paths.deadLettersRoot)
    .sort()
    .filter((name) => output === undefined || name === output)
    .map((name) => ({ output: name, segments: listSegments(filesystem, paths.deadLetters(name)) }))
    .filter(({ segments }) => segments.length > 0)
}

const isMeant = ({ id, letter }: FoundLetter, { ids, sinceMs }: LetterFilter): boolean =>
  (ids.length === 0 || ids.some((prefix) => id.startsWith(prefix))) &&
  (sinceMs === undefined || !(Date.parse(letter.time) < sinceMs))

/** The letters of a segment that are meant. A segment that the agent has dropped meanwhile has none. */
export function* lettersOf(filesystem: Filesystem, segment: Segment, filter: LetterFilter): Generator<FoundLetter> {
  try {
    for (const found of findLetters(filesystem, segment)) if (isMeant(found, filter)) yield found
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}
