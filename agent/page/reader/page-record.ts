import { fieldValues } from '../../search/field-value.ts'
import { recordLevel } from '../../search/record-level.ts'
import { type Fields, isFields } from '../../store/fields.ts'
import type { Found } from '../../store/read-store.ts'
import type { PageRecord } from '../api.ts'

/** What a row of a list needs of a message; the whole of it comes with the document. */
const SHOWN_CHARACTERS = 2000

const objectOf = (text: string): Fields | undefined => {
  if (!text.startsWith('{')) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return isFields(value) ? value : undefined
  } catch {
    return undefined
  }
}

export const pageRecord = ({ row, ms, nanos, message, document }: Found): PageRecord => {
  const first = (field: string): string => String(fieldValues(document, field)[0] ?? '').slice(0, 300)
  const text = message === '' && !('message' in document) ? JSON.stringify(document) : message
  return {
    row,
    ms,
    nanos,
    namespace: first('namespace'),
    pod: first('pod'),
    container: first('container'),
    path: first('namespace') === '' ? first('path') : '',
    stream: first('stream'),
    level: (recordLevel(document, message, objectOf(message)) ?? '').slice(0, 20),
    message: text.slice(0, SHOWN_CHARACTERS).trimEnd(),
    cut: text.length > SHOWN_CHARACTERS,
  }
}
