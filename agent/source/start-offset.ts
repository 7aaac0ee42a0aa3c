import type { Generation } from './generation.ts'

/** Offset after the last newline in the file's last 64 KiB, so that a line is never begun in its middle. */
export const afterLastNewline = (generation: Generation): number => {
  const from = Math.max(0, generation.size - 65_536)
  const at = generation.peek(generation.size - from, from).lastIndexOf(10)
  return at < 0 ? generation.size : from + at + 1
}
