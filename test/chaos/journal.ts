import type { FileNote } from './messages.ts'

/** What happened and when, to be asked when something is wrong. */
export interface Journal {
  note(what: string): void
  files(notes: readonly FileNote[]): void
  readonly counts: Readonly<Record<string, number>>
  /** What was done around the time at which that line was in a file, and what became of the file. */
  around(stream: string, sequence: number): string[]
}

/** Of a run of an hour: the files of the last quarter. */
const KEPT_NOTES = 200_000
const AROUND_MS = 4_000

const clockOf = (ms: number): string => new Date(ms).toISOString().slice(11, 23)

const holds = ({ streams }: FileNote, stream: string, sequence: number): boolean => {
  const [first, last] = streams[stream] ?? [1, 0]
  return first <= sequence && sequence <= last
}

export const createJournal = (say: (line: string) => void): Journal => {
  const events: { readonly atMs: number; readonly what: string }[] = []
  let notes: FileNote[] = []
  const counts: Record<string, number> = {}
  return {
    note: (what) => {
      const atMs = Date.now()
      events.push({ atMs, what })
      const kind = what.split(':', 1)[0]!
      counts[kind] = (counts[kind] ?? 0) + 1
      say(`${clockOf(atMs)} ${what}`)
    },
    files: (more) => {
      notes = notes.concat(more)
      if (notes.length > KEPT_NOTES) notes = notes.slice(notes.length - KEPT_NOTES * 0.75)
    },
    counts,
    around: (stream, sequence) => {
      const mine = notes.filter((note) => holds(note, stream, sequence))
      const from = Math.min(...mine.map(({ atMs }) => atMs)) - AROUND_MS
      const to = Math.max(...mine.map(({ atMs }) => atMs)) + AROUND_MS
      const ofFiles = mine.map(({ atMs, what, file, bytes }) => ({ atMs, what: `${file} (${bytes} bytes) ${what}` }))
      return [...ofFiles, ...events.filter(({ atMs }) => atMs >= from && atMs <= to)]
        .sort((a, b) => a.atMs - b.atMs)
        .map(({ atMs, what }) => `${clockOf(atMs)} ${what}`)
    },
  }
}
