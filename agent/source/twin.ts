import { firstLine, firstLineLimit } from './fingerprint.ts'
import type { Generation } from './generation.ts'

/**
 * Two files whose first lines are the same: a log and a copy of it, or one that went on in another way than its copy. What only one
 * of them has is a line like any other, and must be read (design.md, law 1).
 */
export type Twin =
  /** Everything that it holds, the other one holds. */
  | { readonly kind: 'copy' }
  /** They are the same up to `from`, where a line begins. `line` is that line, without its newline. */
  | { readonly kind: 'other'; readonly from: number; readonly line: Uint8Array }
  /** The other one cannot be read now, or may still become like this one. */
  | { readonly kind: 'unknown' }

const blockBytes = 64 * 1024

/** Length of what both begin with. */
const commonBytes = (a: Generation, b: Generation): number => {
  const end = Math.min(a.size, b.size)
  for (let at = 0; at < end; ) {
    const length = Math.min(blockBytes, end - at)
    const mine = a.peek(length, at)
    const other = b.peek(length, at)
    const both = Math.min(mine.length, other.length)
    if (both === 0) return at
    if (mine.compare(other, 0, both, 0, both) !== 0) {
      for (let i = 0; ; i++) if (mine[i] !== other[i]) return at + i
    }
    at += both
  }
  return end
}

/** Where the line begins that the byte at `at` belongs to. */
const lineStart = (generation: Generation, at: number): number => {
  for (let end = at; end > 0; ) {
    const from = Math.max(0, end - blockBytes)
    const newline = generation.peek(end - from, from).lastIndexOf(10)
    if (newline >= 0) return from + newline + 1
    end = from
  }
  return 0
}

const canBeRead = (generation: Generation): boolean =>
  generation.fd >= 0 || (!generation.inflating && generation.reopen())

/** `final`: nothing will be added to `generation`. */
export const compareTwins = (generation: Generation, other: Generation, final: boolean): Twin => {
  if (!canBeRead(other)) return { kind: 'unknown' }
  const common = commonBytes(generation, other)
  if (common === generation.size) return { kind: 'copy' }
  // The other one may be written to this very moment and be as long at the next look; once it is through, this one goes on where it ended.
  if (common === other.size) return { kind: 'unknown' }
  const from = lineStart(generation, common)
  const line = firstLine(generation.peek(Math.min(firstLineLimit, generation.size - from), from), final)
  return line === undefined ? { kind: 'unknown' } : { kind: 'other', from, line }
}
