/** Which slots are in use. The lowest free one is handed out, so that an agent with little to do touches few pages. */
export interface Slots {
  /** undefined: all are in use. */
  take(): number | undefined
  free(slot: number): void
}

export const createSlots = (count: number): Slots => {
  const taken = new Array<boolean>(count).fill(false)
  return {
    take: () => {
      const slot = taken.indexOf(false)
      if (slot < 0) return undefined
      taken[slot] = true
      return slot
    },
    free: (slot) => {
      if (!taken[slot]) throw new Error(`slot ${slot} is not in use`)
      taken[slot] = false
    },
  }
}
