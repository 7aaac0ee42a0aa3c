import type { Json } from '../cluster.ts'
import { isObject } from './json-fields.ts'

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

/** By UTF-8 bytes. JavaScript's own order is by UTF-16 units, which is another one only where there are surrogates. */
const inOrder = (keys: string[]): string[] => (/[\ud800-\udfff]/.test(keys.join()) ? keys.sort(byBytes) : keys.sort())

const ESCAPED = /[<>&\u2028\u2029]/g
const escaped = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`

/** What Go's encoding/json makes of a map: keys in the order of their bytes at every level, no blanks, and <, >, & escaped. */
export const goJson = (value: Json): string => {
  if (Array.isArray(value)) return `[${value.map(goJson).join(',')}]`
  if (!isObject(value)) return JSON.stringify(value).replace(ESCAPED, escaped)
  return `{${inOrder(Object.keys(value))
    .map((key) => `${goJson(key)}:${goJson(value[key] as Json)}`)
    .join(',')}}`
}
