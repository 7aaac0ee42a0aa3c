/** What the choice of a time range offers; `custom` asks for both ends. */
export const RANGES: readonly (readonly [value: string, label: string])[] = [
  ['15m', 'Last 15 minutes'],
  ['1h', 'Last hour'],
  ['24h', 'Last 24 hours'],
  ['all', 'Any time'],
  ['custom', 'From … to …'],
]

const LENGTH_MS: Readonly<Record<string, number>> = { '15m': 900_000, '1h': 3_600_000, '24h': 86_400_000 }

export interface Range {
  readonly since: number | undefined
  readonly until: number | undefined
}

/** `from` and `to` are what `<input type=datetime-local>` holds: local times, or nothing. */
export const rangeOf = (choice: string, from: string, to: string, nowMs: number): Range => {
  if (choice !== 'custom') {
    const length = LENGTH_MS[choice]
    return { since: length === undefined ? undefined : nowMs - length, until: undefined }
  }
  const ms = (text: string): number | undefined => {
    const parsed = Date.parse(text)
    return Number.isNaN(parsed) ? undefined : parsed
  }
  return { since: ms(from), until: ms(to) }
}
