import { createHash } from 'node:crypto'

/** The same seed gives the same numbers: names must be the same at every start, and messages may as well be. */
export interface Random {
  /** From 0 to below `n`. */
  below(n: number): number
  pick<T>(from: readonly T[]): T
  /** true once in `n` times. */
  oneIn(n: number): boolean
}

/** xorshift32 (Marsaglia 2003): enough for texts. */
export const createRandom = (seed: string): Random => {
  let state = createHash('sha256').update(seed).digest().readUInt32LE() || 1
  const below = (n: number): number => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % n
  }
  return {
    below,
    pick: (from) => from[below(from.length)] as (typeof from)[number],
    oneIn: (n) => below(n) === 0,
  }
}

/** `length` hexadecimal digits that depend on the name alone. */
export const hexOf = (name: string, length: number): string =>
  createHash('sha256').update(name).digest('hex').slice(0, length)

/** A UUID (RFC 9562, version 4's form) that depends on the name alone. */
export const uuidOf = (name: string): string => {
  const hex = hexOf(name, 32)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`
}
