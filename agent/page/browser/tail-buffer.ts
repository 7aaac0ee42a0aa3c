/** What came in and is not shown yet: the newest so many; what is pushed out is counted. */
export interface TailBuffer<T> {
  push(items: readonly T[]): void
  /** The oldest `most`, which leave it. */
  take(most: number): T[]
  readonly length: number
  /** Pushed out since the last call. */
  takeLost(): number
}

export const createTailBuffer = <T>(limit: number): TailBuffer<T> => {
  let items: T[] = []
  let lost = 0
  return {
    push: (added) => {
      const all = items.length === 0 ? [...added] : items.concat(added)
      lost += Math.max(0, all.length - limit)
      items = all.slice(-limit)
    },
    take: (most) => items.splice(0, most),
    get length() {
      return items.length
    },
    takeLost: () => {
      const told = lost
      lost = 0
      return told
    },
  }
}
