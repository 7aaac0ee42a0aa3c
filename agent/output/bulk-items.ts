import { promisify } from 'node:util'
import zlib from 'node:zlib'
import type { BulkBody } from '../event.ts'

/** One item of a bulk body: its action line and its document line. */
export interface BulkItem {
  readonly action: string
  readonly document: string
}

const gunzip = promisify(zlib.gunzip)

/** A body's plain text; a compressed one is inflated off the loop. */
export const bulkText = async (body: BulkBody): Promise<string> =>
  new TextDecoder('utf-8', { ignoreBOM: true }).decode(body.encoding === 'gzip' ? await gunzip(body.bytes) : body.bytes)

/** The items of a plain bulk body, in order. A trailing newline ends the last one; an action without a document is no item. */
export function* bulkItems(text: string): Generator<BulkItem> {
  for (let at = 0; at < text.length; ) {
    const actionEnd = text.indexOf('\n', at)
    if (actionEnd < 0) return
    const documentEnd = text.indexOf('\n', actionEnd + 1)
    const end = documentEnd < 0 ? text.length : documentEnd
    yield { action: text.slice(at, actionEnd), document: text.slice(actionEnd + 1, end) }
    at = end + 1
  }
}

const idKey = '"_id":"'

/** The `_id` of an action line; undefined where it has none. Throws a SyntaxError on what is no action line. */
export const itemId = (action: string): string | undefined => {
  if (action === '{"create":{}}') return undefined
  // The id is mostly last; a quote inside says that it is not.
  if (action.startsWith('{"create":{') && action.endsWith('"}}') && !action.includes('\\')) {
    const at = action.lastIndexOf(idKey)
    const id = action.slice(at + idKey.length, -3)
    if (at >= 0 && !id.includes('"')) return id
  }
  const parsed: unknown = JSON.parse(action)
  const create = isObject(parsed) ? (parsed.create ?? parsed.index) : undefined
  if (!isObject(create)) throw new SyntaxError('not an action line')
  return typeof create._id === 'string' ? create._id : undefined
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A document as a line for files and pipes: its `_id`, where it has one, is the first field. */
export const documentLine = (id: string | undefined, document: string): string => {
  if (id === undefined) return `${document}\n`
  return `{"_id":${JSON.stringify(id)}${document === '{}' ? '' : ','}${document.slice(1)}\n`
}
