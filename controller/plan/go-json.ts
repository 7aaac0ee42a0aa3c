import type { Json } from '../cluster.ts'
import { isObject } from './json-fields.ts'

// Both sides of an order by UTF-8 bytes; JavaScript's own is by UTF-16 units, and puts keys that look like numbers first.
const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

const ESCAPED = /[<>&\u2028\u2029]/g
const escaped = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`

/** What Go's encoding/json makes of a map: keys in the order of their bytes at every level, no blanks, and <, >, & escaped. */
export const goJson = (value: Json): string => {
  if (Array.isArray(value)) return `[${value.map(goJson).join(',')}]`
  if (!isObject(value)) return JSON.stringify(value).replace(ESCAPED, escaped)
  const keys = Object.keys(value).sort(byBytes)
  return `{${keys.map((key) => `${goJson(key)}:${goJson(value[key] as Json)}`).join(',')}}`
}
