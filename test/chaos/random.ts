/** Chance that can be had again: everything that the chaos run decides is drawn from its seed. Pure. */
export interface Random {
  /** In [0, 1). */
  next(): number
  /** From least to most, both included. */
  integer(least: number, most: number): number
  chance(probability: number): boolean
  pick<T>(list: readonly T[]): T
  /** Between least and most, small ones as often as each doubling of them. */
  spread(least: number, most: number): number
  /** A stream of its own for each name, so that one actor's draws do not move another's. */
  fork(name: string): Random
}

/** FNV-1a, 32 bits. */
const hashOf = (text: string): number => {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 0
}

/** mulberry32: 32 bits of state are enough for schedules, and it is six lines. */
const generator = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let x = Math.imul(state ^ (state >>> 15), state | 1)
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61)
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32
  }
}

export const createRandom = (seed: string): Random => {
  const next = generator(hashOf(seed))
  const integer = (least: number, most: number): number => least + Math.floor(next() * (most - least + 1))
  return {
    next,
    integer,
    chance: (probability) => next() < probability,
    pick: (list) => list[integer(0, list.length - 1)]!,
    spread: (least, most) => least * (most / least) ** next(),
    fork: (name) => createRandom(`${seed}/${name}`),
  }
}
