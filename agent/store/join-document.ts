/** The way back from a row to its document; see schema.ts for what is kept where. */

/** Stands in a shape for the file's document identity. Raw control characters cannot occur in JSON text. */
export const identityHole = '\u0001'

export interface Row {
  /** Milliseconds since the epoch, and the nanoseconds within. */
  readonly ms: number
  readonly nanos: number
  readonly identity: string | null
  readonly offset: number | null
  /** The time stamp as it came, where it is not the canonical one. */
  readonly stamp: string | null
  /** For a shape that is whole: the document itself. */
  readonly rest: string | null
  readonly message: string
}

export interface Shape {
  readonly text: string
  readonly whole: boolean
}

/** 2026-11-21T06:14:02.123456789Z */
export const canonicalStamp = (ms: number, nanos: number): string =>
  `${new Date(ms).toISOString().slice(0, -1)}${String(nanos).padStart(6, '0')}Z`

const fill = (shape: Shape, identity: string | null): string => shape.text.replaceAll(identityHole, identity ?? '')

/** The document's JSON text, as the encoder wrote it but for the way that control characters are escaped. */
export const joinDocument = (row: Row, shape: Shape): string => {
  if (shape.whole) return row.rest ?? '{}'
  const stamp = row.stamp ?? canonicalStamp(row.ms, row.nanos)
  return `{"@timestamp":"${stamp}${fill(shape, row.identity)}${row.offset}${row.rest ?? ''}},"message":${JSON.stringify(row.message)}}`
}

/** The fields that all rows of a shape share, as an object. */
export const shapeFields = (shape: Shape): Record<string, unknown> => {
  if (shape.whole) return JSON.parse(shape.text) as Record<string, unknown>
  const document = JSON.parse(`{"@timestamp":"${fill(shape, '')}0}}`) as { log: Record<string, unknown> }
  const { '@timestamp': _time, log, ...fields } = document as Record<string, unknown> & typeof document
  const { offset: _offset, ...fixed } = log
  return { ...fields, log: fixed }
}
