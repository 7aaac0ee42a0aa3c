/** Byte ranges of a file, [from, to). Pure. */
export interface Range {
  readonly from: number
  readonly to: number
}

/** Disjoint, ascending, no two of them touching. */
export type Ranges = readonly Range[]

export const bytesIn = (ranges: Ranges): number => ranges.reduce((sum, { from, to }) => sum + to - from, 0)

const overlapOf = (a: Range, b: Range): Range => ({ from: Math.max(a.from, b.from), to: Math.min(a.to, b.to) })

const isSome = ({ from, to }: Range): boolean => from < to

/**
 * Ranges that grow. Documents come nearly in the order of their bytes, so that almost every range only lengthens the last one, and
 * a whole file is one range.
 */
export class RangeSet {
  readonly #ranges: Range[] = []

  get ranges(): Ranges {
    return this.#ranges
  }

  get end(): number {
    return this.#ranges.at(-1)?.to ?? 0
  }

  /** Adds a range; returns what of it was there already. */
  add(range: Range): Ranges {
    if (!isSome(range)) return []
    let at = this.#ranges.length
    while (at > 0 && this.#ranges[at - 1]!.to >= range.from) at--
    let end = at
    while (end < this.#ranges.length && this.#ranges[end]!.from <= range.to) end++
    const touched = this.#ranges.slice(at, end)
    const from = Math.min(range.from, touched[0]?.from ?? range.from)
    const to = Math.max(range.to, touched.at(-1)?.to ?? range.to)
    this.#ranges.splice(at, end - at, { from, to })
    return touched.map((one) => overlapOf(one, range)).filter(isSome)
  }

  addAll(ranges: Ranges): void {
    for (const range of ranges) this.add(range)
  }
}

export const unionOf = (...all: readonly Ranges[]): Ranges => {
  const set = new RangeSet()
  for (const ranges of all) set.addAll(ranges)
  return set.ranges
}

/** What of `ranges` is in none of `others`. */
export const without = (ranges: Ranges, others: Ranges): Ranges => {
  const rest: Range[] = []
  let next = 0
  for (const range of ranges) {
    while (next < others.length && others[next]!.to <= range.from) next++
    let { from } = range
    for (let i = next; i < others.length && others[i]!.from < range.to; i++) {
      if (from < others[i]!.from) rest.push({ from, to: others[i]!.from })
      from = Math.max(from, others[i]!.to)
    }
    if (from < range.to) rest.push({ from, to: range.to })
  }
  return rest
}

/** What of `ranges` lies within `window`. */
export const within = (ranges: Ranges, window: Range): Ranges =>
  ranges.map((range) => overlapOf(range, window)).filter(isSome)
