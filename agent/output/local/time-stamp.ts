/** What the time column holds: nanoseconds since the epoch, and whether the text can be made again from them. */
export interface StoredTime {
  readonly at: bigint
  readonly canonical: boolean
}

const form = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?\d*(Z|[+-]\d\d:?\d\d)$/

/** An integer column has 64 bits, enough until the year 2262. */
const latest = 2n ** 63n - 1n

const nineDigits = /^\d{9}$/

/** Keeps the last second that it has read: neighbouring lines mostly share it, and Date.parse is the dear part. */
export const createTimeReader = (): ((stamp: string) => StoredTime | undefined) => {
  let second = ''
  let secondNs = 0n
  const canonical = (stamp: string): StoredTime | undefined => {
    const fraction = stamp.slice(20, 29)
    if (!nineDigits.test(fraction)) return undefined
    if (stamp.slice(0, 19) !== second) {
      const ms = Date.parse(`${stamp.slice(0, 19)}Z`)
      // Days that do not exist (30 February) are rolled over by Date.parse; their text could not be made again.
      if (Number.isNaN(ms) || !new Date(ms).toISOString().startsWith(`${stamp.slice(0, 19)}.`)) return undefined
      second = stamp.slice(0, 19)
      secondNs = BigInt(ms) * 1_000_000n
    }
    return { at: secondNs + BigInt(fraction), canonical: true }
  }
  const other = (stamp: string): StoredTime | undefined => {
    const parts = form.exec(stamp)
    const ms = parts ? Date.parse(`${parts[1]}${parts[3]}`) : Number.NaN
    if (!parts || Number.isNaN(ms)) return undefined
    return { at: BigInt(ms) * 1_000_000n + BigInt((parts[2] ?? '').padEnd(9, '0')), canonical: false }
  }
  return (stamp) => {
    const looksCanonical = stamp.length === 30 && stamp.endsWith('Z') && stamp[19] === '.'
    const time = (looksCanonical ? canonical(stamp) : undefined) ?? other(stamp)
    if (!time || time.at > latest || time.at < -latest) return undefined
    return time.at < 0n ? { at: time.at, canonical: false } : time
  }
}
