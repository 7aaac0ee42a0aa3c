/** What the writers have said of their work so far. They begin in no certain order: one that said nothing yet has done nothing. */

export interface Progress {
  readonly lines: number
  readonly bytes: number
  readonly counts: Readonly<Record<string, number>>
  /** Files that were deleted before the sink had them, and of which it still lacks something. */
  readonly atRisk: number
}

export interface ProgressBoard {
  hear(writer: number, said: Progress): void
  sum(): Progress
}

const plus = (a: Progress, b: Progress): Progress => {
  const counts: Record<string, number> = { ...a.counts }
  for (const [what, count] of Object.entries(b.counts)) counts[what] = (counts[what] ?? 0) + count
  return { lines: a.lines + b.lines, bytes: a.bytes + b.bytes, counts, atRisk: a.atRisk + b.atRisk }
}

export const createProgressBoard = (): ProgressBoard => {
  const heard = new Map<number, Progress>()
  return {
    hear: (writer, said) => heard.set(writer, said),
    sum: () => [...heard.values()].reduce(plus, { lines: 0, bytes: 0, counts: {}, atRisk: 0 }),
  }
}
