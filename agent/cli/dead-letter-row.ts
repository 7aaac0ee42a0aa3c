import { harmless } from '../../lib/terminal/harmless.ts'
import type { FoundLetter } from '../buffer/dead-letter-lines.ts'
import { createPaint, localTime } from './render.ts'

/** What a list says of a dead letter, without the document. */
export interface LetterRow {
  readonly id: string
  readonly output: string
  readonly segment: number
  readonly item: number
  readonly time: string
  readonly status: number
  readonly type: string
  readonly reason: string
  readonly namespace: string | undefined
  readonly pod: string | undefined
  readonly container: string | undefined
  /** Of the line in the dead-letter file. */
  readonly bytes: number
}

type Fields = Readonly<Record<string, unknown>>

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {})
const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

export const rowOf = ({ id, segment, item, bytes, letter }: FoundLetter): LetterRow => {
  const kubernetes = fieldsOf(fieldsOf(parsed(letter.document)).kubernetes)
  const { time, output, status, type, reason } = letter
  return {
    id,
    output,
    segment,
    item,
    time,
    status,
    type,
    reason,
    namespace: textOf(kubernetes.namespace),
    pod: textOf(fieldsOf(kubernetes.pod).name),
    container: textOf(fieldsOf(kubernetes.container).name),
    bytes,
  }
}

const HEADS = ['ID', 'OUTPUT', 'SEGMENT/ITEM', 'TIME', 'STATUS', 'POD', 'BYTES', 'TYPE: REASON'] as const

export interface TableOptions {
  readonly color: boolean
  /** Characters of a line; what is longer is cut. */
  readonly columns: number
  readonly nowMs: number
}

const cellsOf = (row: LetterRow, nowMs: number): readonly string[] =>
  [
    row.id,
    row.output,
    `${row.segment}/${row.item}`,
    localTime(Date.parse(row.time), nowMs),
    String(row.status),
    row.pod === undefined ? '-' : [row.namespace, row.pod].filter(Boolean).join('/'),
    String(row.bytes),
    [row.type, row.reason].filter(Boolean).join(': '),
  ].map((text) => harmless(text).replaceAll(/\s+/g, ' '))

/** The rows as lines for people, with a head. */
export const letterTable = (rows: readonly LetterRow[], options: TableOptions): readonly string[] => {
  const lines = [HEADS as readonly string[], ...rows.map((row) => cellsOf(row, options.nowMs))]
  const widths = HEADS.map((_, column) => Math.max(...lines.map((cells) => cells[column]!.length)))
  const paint = createPaint(options.color)
  return lines.map((cells, line) => {
    const padded = cells.map((cell, column) => (column === cells.length - 1 ? cell : cell.padEnd(widths[column]!)))
    const text = padded.join('  ').slice(0, options.columns)
    return `${line === 0 ? paint('rule', text) : text}\n`
  })
}
