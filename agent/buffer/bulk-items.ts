import { constants, gunzipSync, gzipSync } from 'node:zlib'
import type { BulkBody } from '../event.ts'

/** One item of a bulk body: an action line and a document line, without their newlines. */
export interface BulkItem {
  readonly action: string
  readonly document: string
}

const NEWLINE = 10

/** The body's NDJSON. gzip is inflated; what inflates to more than the body says is not ours and throws. */
export const plainBytesOf = (body: BulkBody): Uint8Array =>
  body.encoding === 'gzip' ? gunzipSync(body.bytes, { maxOutputLength: Math.max(1, body.plainBytes) }) : body.bytes

/** Level 1, as on the wire: the fifth of a second that level 6 would take for 5 MB is more than its few per cent are worth. */
export const gzip = (plain: Uint8Array): Buffer => gzipSync(plain, { level: constants.Z_BEST_SPEED })

/** Where each item starts, and behind the last whole one, where it ends: `items + 1` numbers. */
export const itemBounds = (plain: Uint8Array): Uint32Array => {
  const bounds = [0]
  for (let at = 0; at < plain.length; ) {
    const action = plain.indexOf(NEWLINE, at)
    const document = action < 0 ? -1 : plain.indexOf(NEWLINE, action + 1)
    if (document < 0) break
    at = document + 1
    bounds.push(at)
  }
  return Uint32Array.from(bounds)
}

const bodyOf = (plain: Uint8Array, encoding: BulkBody['encoding'], documents: number): BulkBody => ({
  bytes: encoding === 'gzip' ? gzip(plain) : plain,
  encoding,
  plainBytes: plain.length,
  documents,
})

/**
 * A body of just these items (positions, ascending), in memory of its own. It keeps the encoding: a limit on the size of
 * requests may count compressed bytes, and an identity half of a gzip body would be larger than the whole.
 */
export const pickItems = (body: BulkBody, positions: ArrayLike<number>): BulkBody => {
  const plain = plainBytesOf(body)
  const bounds = itemBounds(plain)
  const picked: Uint8Array[] = []
  for (let i = 0; i < positions.length; i++) {
    const position = positions[i]!
    if (position < bounds.length - 1) picked.push(plain.subarray(bounds[position]!, bounds[position + 1]!))
  }
  return bodyOf(Buffer.concat(picked), body.encoding, picked.length)
}

/** The texts of the items at these positions; undefined for one that the body does not have. */
export const itemTexts = (body: BulkBody, positions: readonly number[]): readonly (BulkItem | undefined)[] => {
  const plain = Buffer.from(plainBytesOf(body))
  const bounds = itemBounds(plain)
  return positions.map((position) => {
    if (position >= bounds.length - 1) return undefined
    const from = bounds[position]!
    const middle = plain.indexOf(NEWLINE, from)
    return {
      action: plain.toString('utf8', from, middle),
      document: plain.toString('utf8', middle + 1, bounds[position + 1]! - 1),
    }
  })
}

/** The `_index` of an action line; undefined where it names none. */
const indexOf = (action: string): string | undefined => {
  if (!action.includes('"_index"')) return undefined
  try {
    const operation = Object.values(JSON.parse(action) as Record<string, { readonly _index?: unknown }>)[0]
    return typeof operation?._index === 'string' ? operation._index : undefined
  } catch {
    return undefined // not an action line: its fate is the output's to say
  }
}

/** Which index or data stream each of these items names. */
export const itemStreams = (body: BulkBody, positions: readonly number[]): readonly (string | undefined)[] => {
  const plain = Buffer.from(plainBytesOf(body))
  const bounds = itemBounds(plain)
  return positions.map((position) => {
    const from = bounds[position]
    return from === undefined ? undefined : indexOf(plain.toString('utf8', from, plain.indexOf(NEWLINE, from)))
  })
}

/** The whole items in what is left of a gzip stream that was cut; undefined where there is none. */
export const salvageItems = (
  cut: Uint8Array,
  encoding: BulkBody['encoding'],
  maxPlainBytes: number,
): BulkBody | undefined => {
  try {
    // Z_SYNC_FLUSH gives what can be inflated before the cut instead of "unexpected end of file" (Node's zlib documentation).
    const plain = gunzipSync(cut, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: maxPlainBytes })
    const bounds = itemBounds(plain)
    const documents = bounds.length - 1
    return documents > 0 ? bodyOf(plain.subarray(0, bounds[documents]!), encoding, documents) : undefined
  } catch {
    return undefined // not a gzip stream at all: there is nothing to save
  }
}
