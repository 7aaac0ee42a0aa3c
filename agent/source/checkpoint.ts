import { crc32 } from 'node:zlib'
import type { LineFormat } from '../event.ts'
import type { Stretch } from './fingerprint.ts'

/**
 * The checkpoint's text. Pure.
 *
 *   {"picket":"positions","version":1,"crc":"0d4c7a1e"}
 *   {"crc":"1c291ca3","entry":{…one generation…}}
 *   …
 *   {"end":2}                        number of entries: a file without it was torn
 *
 * One entry a line, each with the CRC-32 of its JSON, so that damage costs the line that it hits and a flipped digit is not
 * taken for a position. The first line's is of `positions <version>`: its form never changes, so that any agent can tell a newer
 * format from a damaged file.
 */

export const checkpointVersion = 1

/** What is kept of one generation of one file. */
export interface CheckpointEntry {
  readonly fingerprint: string
  readonly source: string
  readonly chain: string
  /** As shown to users. */
  readonly path: string
  /** The file that was last seen to hold it. */
  readonly file: string
  readonly dev: bigint
  readonly ino: bigint
  readonly birthNs: bigint
  readonly format: LineFormat
  /** Last known size: what may be lost if the file is gone. */
  readonly size: number
  readonly head: Stretch
  /** The bytes just before the furthest position. */
  readonly mark: Stretch
  /** Committed offset by lane. */
  readonly lanes: Readonly<Record<string, number>>
  /** Where lanes began to read, those that did not at 0. Neither this nor the next is in files of older agents. */
  readonly began: Readonly<Record<string, number>>
  /** The size that a lane's closing document told of. */
  readonly closed: Readonly<Record<string, number>>
  /** When the file was last observed, ms since the epoch. */
  readonly seenMs: number
}

export type CheckpointText =
  | {
      readonly kind: 'read'
      readonly entries: readonly CheckpointEntry[]
      /** Lines that are no entries any more, verbatim. */
      readonly damaged: readonly string[]
      readonly complete: boolean
    }
  | { readonly kind: 'newer'; readonly version: number }
  | { readonly kind: 'foreign' }

const crcText = (json: string): string => crc32(json).toString(16).padStart(8, '0')

/** Most entries have none, and an entry is written every few seconds. */
const unlessEmpty = (offsets: Readonly<Record<string, number>>): Readonly<Record<string, number>> | undefined =>
  Object.keys(offsets).length === 0 ? undefined : offsets

export const encodeEntry = ({ began, closed, ...entry }: CheckpointEntry): string => {
  const numbers = { dev: `${entry.dev}`, ino: `${entry.ino}`, birthNs: `${entry.birthNs}` }
  const json = JSON.stringify({ ...entry, ...numbers, began: unlessEmpty(began), closed: unlessEmpty(closed) })
  return `{"crc":"${crcText(json)}","entry":${json}}\n`
}

const headLine = (version: number): string =>
  `{"picket":"positions","version":${version},"crc":"${crcText(`positions ${version}`)}"}`

const endLine = (count: number): string => `{"end":${count}}`

/** The text in pieces: whole, it has several hundred bytes for each of what may be thousands of files. */
export function* encodeCheckpoint(encodedEntries: Iterable<string>): Generator<string> {
  let count = 0
  yield `${headLine(checkpointVersion)}\n`
  for (const entry of encodedEntries) {
    count++
    yield entry
  }
  yield `${endLine(count)}\n`
}

const isOffset = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

const isStretch = (value: unknown): value is Stretch => {
  const s = value as Partial<Stretch> | null
  return typeof s === 'object' && s !== null && isOffset(s.offset) && isOffset(s.length) && typeof s.hash === 'string'
}

const isText = (value: unknown): value is string => typeof value === 'string'
const isDecimal = (value: unknown): value is string => isText(value) && /^\d{1,20}$/.test(value)
const isFormat = (value: unknown): value is LineFormat => value === 'cri' || value === 'docker' || value === 'plain'

const isLanes = (value: unknown): value is Record<string, number> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every(isOffset)

const toEntry = (value: Record<string, unknown>): CheckpointEntry | undefined => {
  const { fingerprint, source, chain, path, file, dev, ino, birthNs, format, size, head, mark, lanes, seenMs } = value
  const { began = {}, closed = {} } = value
  if (!isText(fingerprint) || !isText(source) || !isText(chain) || !isText(path) || !isText(file)) return undefined
  if (
    !isDecimal(dev) ||
    !isDecimal(ino) ||
    !isDecimal(birthNs) ||
    !isFormat(format) ||
    !isOffset(size) ||
    !isOffset(seenMs)
  )
    return undefined
  if (!isStretch(head) || !isStretch(mark) || !isLanes(lanes) || !isLanes(began) || !isLanes(closed)) return undefined
  const numbers = { dev: BigInt(dev), ino: BigInt(ino), birthNs: BigInt(birthNs), size, seenMs }
  return { fingerprint, source, chain, path, file, format, head, mark, lanes, began, closed, ...numbers }
}

const parseObject = (json: string): Record<string, unknown> | undefined => {
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined // not JSON: the caller treats the line as damaged
  }
}

const entryLine = /^\{"crc":"([0-9a-f]{8})","entry":(\{.*\})\}$/

const decodeLine = (line: string): CheckpointEntry | undefined => {
  const [, crc, json] = entryLine.exec(line) ?? []
  if (crc === undefined || json === undefined || crcText(json) !== crc) return undefined
  const value = parseObject(json)
  return value && toEntry(value)
}

/** As the first agents wrote it. */
const oldHeadLine = '{"picket":"positions","version":1}'

/** undefined: not a first line, or a damaged one. */
const headVersion = (line: string): number | undefined => {
  const value = parseObject(line)
  if (value?.picket !== 'positions' || !isOffset(value.version)) return undefined
  return line === headLine(value.version) || line === oldHeadLine ? value.version : undefined
}

/** undefined: not the last line, or a damaged one. */
const countOf = (line: string): number | undefined => {
  const end = parseObject(line)?.end
  return isOffset(end) && line === endLine(end) ? end : undefined
}

export const decodeCheckpoint = (text: string): CheckpointText => {
  const lines = text.split('\n').filter((line) => line !== '')
  const version = lines[0] === undefined ? undefined : headVersion(lines[0])
  if (version !== undefined && version > checkpointVersion) return { kind: 'newer', version }
  const body = version === undefined ? lines : lines.slice(1)
  const last = body.at(-1)
  const end = last === undefined ? undefined : countOf(last)
  const rows = end === undefined ? body : body.slice(0, -1)
  const decoded = rows.map((line) => ({ line, entry: decodeLine(line) }))
  const entries = decoded.flatMap(({ entry }) => (entry ? [entry] : []))
  if (version === undefined && entries.length === 0) return { kind: 'foreign' }
  const damaged = decoded.flatMap(({ line, entry }) => (entry ? [] : [line]))
  if (version === undefined && damaged.length === 0) damaged.push('(no header)')
  return {
    kind: 'read',
    entries,
    damaged,
    complete: version !== undefined && end === rows.length && damaged.length === 0,
  }
}
