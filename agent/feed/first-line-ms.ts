import type { LineFormat } from '../event.ts'

const [ZERO, SPACE, DOT, Z, PLUS, MINUS] = [48, 32, 46, 90, 43, 45]
const MS_PER_MINUTE = 60_000

const number = (bytes: Uint8Array, at: number, digits: number): number => {
  let value = 0
  for (let i = at; i < at + digits; i++) {
    const digit = (bytes[i] ?? 0) - ZERO
    if (digit < 0 || digit > 9) return Number.NaN
    value = value * 10 + digit
  }
  return value
}

/** What the zone is ahead of UTC, ms: `Z`, or `+hh:mm` (RFC 3339, "time-offset"). */
const zoneMs = (bytes: Uint8Array, at: number, end: number): number => {
  if (bytes[at] === Z && at + 1 === end) return 0
  if ((bytes[at] !== PLUS && bytes[at] !== MINUS) || at + 6 !== end) return Number.NaN
  const ms = (number(bytes, at + 1, 2) * 60 + number(bytes, at + 4, 2)) * MS_PER_MINUTE
  return bytes[at] === PLUS ? ms : -ms
}

/** Where the fraction of a second ends that begins at `at`; `at` where there is none. */
const fractionEnd = (bytes: Uint8Array, at: number, end: number): number => {
  if (bytes[at] !== DOT) return at
  let i = at + 1
  while (i < end && !Number.isNaN(number(bytes, i, 1))) i++
  return i
}

/**
 * When the first line of a block was written, ms since the epoch, from its CRI time stamp (RFC 3339 with up to nine digits of a fraction);
 * undefined where it has none. From the bytes: it is asked for every turn of every file, and a string to parse would be garbage each time.
 */
export const firstLineMs = (block: Uint8Array, format: LineFormat): number | undefined => {
  if (format !== 'cri') return undefined
  const end = block.indexOf(SPACE)
  if (end < 20 || end > 35) return undefined
  const date = Date.UTC(number(block, 0, 4), number(block, 5, 2) - 1, number(block, 8, 2))
  const time = (number(block, 11, 2) * 60 + number(block, 14, 2)) * MS_PER_MINUTE + number(block, 17, 2) * 1000
  const zoneAt = fractionEnd(block, 19, end)
  const fraction = Math.min(3, Math.max(0, zoneAt - 20))
  const ms = date + time + number(block, 20, fraction) * 10 ** (3 - fraction) - zoneMs(block, zoneAt, end)
  return Number.isNaN(ms) ? undefined : ms
}
