import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type {
  DocumentTexts,
  EncodeContext,
  EncodeCounts,
  EncodeResult,
  Encoder,
  SealedBody,
} from '../../../agent/event.ts'
import { createEncoder, type EncoderOptions } from '../../../agent/kernel/encoder.ts'

const wasm = new WebAssembly.Module(readFileSync(new URL('../../../build/kernel.wasm', import.meta.url)))
export const NOW = '2026-11-20T12:34:56.789Z'
export const FINGERPRINT = 'AbCdEfGh01234567'

export const newEncoder = (options: Partial<EncoderOptions> = {}): Encoder =>
  createEncoder({ wasm, maxRecordBytes: 262_144, compression: 'none', slots: 3, now: () => NOW, ...options })

const logField = (fingerprint: string): string => `","s":"x","log":{"file":{"fingerprint":"${fingerprint}"},"offset":`

export const textsOf = (fingerprint: string, idOffset = true): DocumentTexts => ({
  head: Buffer.from(idOffset ? `{"create":{"_id":"${fingerprint}-` : '{"create":{}}\n{"@timestamp":"'),
  idOffset,
  afterId: Buffer.from(idOffset ? '"}}\n{"@timestamp":"' : ''),
  stdout: Buffer.from(logField(fingerprint).replace('x', 'stdout')),
  stderr: Buffer.from(logField(fingerprint).replace('x', 'stderr')),
  none: Buffer.from(logField(fingerprint).replace('"s":"x",', '')),
})

export const contextOf = (
  format: EncodeContext['format'] = 'cri',
  fingerprint = FINGERPRINT,
  partials: EncodeContext['partials'] = { stdout: undefined, stderr: undefined },
): EncodeContext => ({ texts: textsOf(fingerprint), format, fingerprint, partials })

/** Everything that came of a file. */
export interface Encoded {
  plain: string
  /** Plain size of each body. */
  bodies: number[]
  counts: EncodeCounts
  position: number
}

export const plainOf = (body: SealedBody): Buffer => {
  const plain = body.encoding === 'gzip' ? gunzipSync(body.bytes) : Buffer.from(body.bytes)
  assert.equal(plain.length, body.plainBytes)
  return plain
}

export const sealed = (encoder: Encoder): Buffer => {
  const body = encoder.seal()
  const plain = plainOf(body)
  assert.equal(plain.toString('latin1').split('\n').length - 1, body.documents * 2)
  encoder.release(body)
  return plain
}

/** Plays the lane: shows the encoder ever more of `file`, `reads` bytes at a time (the last number goes on), then its end. */
export const encodeFile = (
  encoder: Encoder,
  file: Buffer,
  context: EncodeContext,
  reads: readonly number[],
): Encoded => {
  const out: Encoded = {
    plain: '',
    bodies: [],
    position: 0,
    counts: { lines: 0, documents: 0, invalidUtf8: 0, truncated: 0, unparsed: 0 },
  }
  const collected: Buffer[] = []
  const seal = (): void => {
    const plain = sealed(encoder)
    collected.push(plain)
    out.bodies.push(plain.length)
  }
  const take = (result: EncodeResult): EncodeResult => {
    for (const name of Object.keys(out.counts) as (keyof EncodeCounts)[]) out.counts[name] += result[name]
    out.position += result.consumed
    if (result.stop === 'full') seal()
    assert.ok(encoder.stage())
    return result
  }
  assert.ok(encoder.stage())
  let shown = 0
  for (let turn = 0; shown < file.length || out.position < file.length; turn++) {
    shown = Math.min(file.length, shown + (reads[Math.min(turn, reads.length - 1)] ?? file.length))
    for (;;) {
      const length = Math.min(encoder.input.length, shown - out.position)
      const atEnd = shown === file.length && out.position + length === shown
      encoder.input.set(file.subarray(out.position, out.position + length))
      // After 'full' the same input goes on where it stopped.
      let from = 0
      let result: EncodeResult
      do {
        result = take(encoder.encode(context, length, out.position, atEnd, from))
        from += result.consumed
      } while (result.stop === 'full')
      if (from > 0 && out.position < shown) continue
      if (from > 0 || length < encoder.input.length) break
      const newline = file.subarray(0, shown).indexOf(10, out.position)
      if (newline < 0 && shown < file.length) break
      const end = newline < 0 ? file.length : newline + 1
      const content = file.subarray(out.position, Math.min(end, out.position + LONG_BYTES))
      while (take(encoder.encodeLong(context, content, out.position, end - out.position)).stop === 'full');
    }
  }
  if (encoder.stagedDocuments > 0) seal()
  out.plain = Buffer.concat(collected).toString('utf8')
  return out
}

const LONG_BYTES = 262_144 + 128
