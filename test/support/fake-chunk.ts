import { gunzipSync, gzipSync } from 'node:zlib'
import type { BulkBody, Chunk } from '../../agent/event.ts'

/** A chunk whose documents are `{"m":"<name>"}` with `_id` <name>, and what was told to it. */
export interface FakeChunk extends Chunk {
  readonly names: readonly string[]
  readonly calls: readonly string[]
}

/** A document for another stream than the output's own has a name such as `doc1@stream`. */
export const streamOf = (name: string): string | undefined => name.split('@')[1]

const actionOf = (name: string): string => {
  const stream = streamOf(name)
  return stream === undefined ? `{"create":{"_id":"${name}"}}` : `{"create":{"_index":"${stream}","_id":"${name}"}}`
}

export const bulkLines = (names: readonly string[]): string =>
  names.map((name) => `${actionOf(name)}\n{"m":"${name}"}\n`).join('')

export const bulkBody = (names: readonly string[], encoding: BulkBody['encoding'] = 'gzip'): BulkBody => {
  const plain = Buffer.from(bulkLines(names))
  const bytes = encoding === 'gzip' ? gzipSync(plain, { level: 1 }) : plain
  return { bytes, encoding, plainBytes: plain.length, documents: names.length }
}

export const namesIn = (body: BulkBody): string[] => {
  const plain = body.encoding === 'gzip' ? gunzipSync(body.bytes) : body.bytes
  const lines = Buffer.from(plain).toString().trimEnd().split('\n')
  return lines.filter((_, i) => i % 2 === 1).map((line) => JSON.parse(line).m)
}

interface FakeOptions {
  readonly encoding?: BulkBody['encoding']
  readonly vanishing?: boolean
  readonly oldestMs?: number
  readonly told?: (call: string) => void
}

/** Released memory is overwritten, as an encoder would. */
export const fakeChunk = (names: readonly string[], options: FakeOptions = {}): FakeChunk => {
  const calls: string[] = []
  const body = bulkBody(names, options.encoding)
  const tell = (call: string): void => {
    calls.push(call)
    options.told?.(call)
  }
  return {
    names,
    calls,
    body,
    oldestMs: options.oldestMs ?? 0,
    vanishing: options.vanishing ?? false,
    settled: tell,
    release: () => {
      tell('released')
      body.bytes.fill(0xff)
    },
  }
}
