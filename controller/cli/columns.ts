/** A cell is its text, and how it is shown once it has its width. */
export interface Cell {
  readonly text: string
  readonly paint: (padded: string) => string
}

const plain = (padded: string): string => padded

export const cell = (text: string, paint: Cell['paint'] = plain): Cell => ({ text, paint })

const GAP = '   '

/** Lines as kubectl's: every column as wide as its widest cell, three spaces between, nothing behind the last one. */
export const columns = (rows: readonly (readonly Cell[])[]): string => {
  const widths: number[] = []
  for (const row of rows) for (const [i, { text }] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, text.length)
  return rows
    .map((row) => {
      const last = row.length - 1
      return row.map(({ text, paint }, i) => paint(i === last ? text : text.padEnd(widths[i] ?? 0))).join(GAP)
    })
    .map((line) => `${line.trimEnd()}\n`)
    .join('')
}
