/** One figure with what is wanted of it. */
export interface Row {
  readonly figure: string
  readonly wanted: string
  readonly actual: string
  /** undefined: a figure without a judgement. */
  readonly ok: boolean | undefined
}

const mark = ({ ok }: Row): string => (ok === undefined ? '' : ok ? 'ok' : 'MISSED')

/** Columns padded to their widest cell. */
export const tableText = (rows: readonly Row[]): string => {
  const cells = [
    ['figure', 'wanted', 'actual', ''],
    ...rows.map((row) => [row.figure, row.wanted, row.actual, mark(row)]),
  ]
  const widths = [0, 1, 2, 3].map((column) => Math.max(...cells.map((row) => (row[column] ?? '').length)))
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd()
  const [head = [], ...body] = cells
  return [line(head), widths.map((n) => '-'.repeat(n)).join('  '), ...body.map(line)].join('\n')
}

export const atMost = (figure: string, actual: number | undefined, limit: number, unit: string, digits = 1): Row => ({
  figure,
  wanted: `≤ ${limit.toFixed(digits)} ${unit}`,
  actual: actual === undefined ? 'not measured' : `${actual.toFixed(digits)} ${unit}`,
  ok: actual !== undefined && actual <= limit,
})

export const atLeast = (figure: string, actual: number | undefined, limit: number, unit: string, digits = 1): Row => ({
  figure,
  wanted: `≥ ${limit.toFixed(digits)} ${unit}`,
  actual: actual === undefined ? 'not measured' : `${actual.toFixed(digits)} ${unit}`,
  ok: actual !== undefined && actual >= limit,
})

export const exactly = (figure: string, actual: number, wanted: number): Row => ({
  figure,
  wanted: String(wanted),
  actual: String(actual),
  ok: actual === wanted,
})

export const plain = (figure: string, actual: string): Row => ({ figure, wanted: '', actual, ok: undefined })

/** Where the yardstick is missing there is nothing to judge by. */
export const unjudged = (figure: string, wanted: string, actual: string): Row => ({
  figure,
  wanted,
  actual,
  ok: undefined,
})
