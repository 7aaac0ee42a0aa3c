/** What a program of the sample prints: one or several lines to one stream. */
export interface Message {
  readonly stream: 'stdout' | 'stderr'
  readonly lines: readonly string[]
  /** The program ends after it. */
  readonly crash?: true
}

export const out = (...lines: string[]): Message => ({ stream: 'stdout', lines })
export const err = (...lines: string[]): Message => ({ stream: 'stderr', lines })

/** The moment as the programs write it into their own text. */
export const isoTime = (ms: number): string => new Date(ms).toISOString()
