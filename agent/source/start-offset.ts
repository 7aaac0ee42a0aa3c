import type { Generation } from './generation.ts'

/** Where new files begin. */
export interface StartRules {
  /** True while the files are looked through that were there before the source was first read. */
  fromEnd(source: string): boolean
  /** Until everything was looked at once. */
  starting(): boolean
  readonly ignoreOlderMs: number | undefined
  /** The lanes that write closing documents. */
  readonly closing: readonly string[]
  /** Every file ends where it ends now. */
  readonly once: boolean
}

/** Offset after the last newline in the file's last 64 KiB, so that a line is never begun in its middle. */
export const afterLastNewline = (generation: Generation): number => {
  const from = Math.max(0, generation.size - 65_536)
  const at = generation.peek(generation.size - from, from).lastIndexOf(10)
  return at < 0 ? generation.size : from + at + 1
}
