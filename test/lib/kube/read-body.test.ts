import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { isTooLarge, KubeError } from '../../../lib/kube/kube-error.ts'
import { jsonLines, readJson } from '../../../lib/kube/read-body.ts'

async function* chunks(...pieces: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces
}

const collect = async (body: AsyncIterable<Uint8Array>, limit = 1000): Promise<unknown[]> => {
  const all: unknown[] = []
  for await (const one of jsonLines(body, limit)) all.push(one)
  return all
}

const malformed = (error: unknown): boolean =>
  error instanceof KubeError && error.expired && error.reason === 'Malformed'

test('values come out whole wherever the network cuts them, inside a character too', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.jsonValue()), fc.array(fc.nat(2000)), async (values, cuts) => {
      const bytes = Buffer.from(values.map((value) => `${JSON.stringify(value)}\n`).join(''))
      const places = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort(
        (a, b) => a - b,
      )
      const pieces = places.slice(1).map((end, index) => bytes.subarray(places[index], end))
      assert.deepEqual(await collect(chunks(...pieces), 1 << 20), JSON.parse(JSON.stringify(values)))
    }),
  )
})

test('a last line without its end is left to whoever resumes', async () => {
  assert.deepEqual(await collect(chunks(Buffer.from('{"a":1}\n\n{"b":'))), [{ a: 1 }])
})

test('a line that is too long or no JSON ends the reading', async () => {
  await assert.rejects(collect(chunks(Buffer.from('"'.padEnd(600)), Buffer.from('x'.repeat(600)))), malformed)
  await assert.rejects(collect(chunks(Buffer.from(`"${'x'.repeat(2000)}"\n`))), malformed)
  await assert.rejects(collect(chunks(Buffer.from('<html>\n'))), malformed)
})

test('a body beyond its limit is not read to its end', async () => {
  assert.deepEqual(await readJson(chunks(Buffer.from('{"a"'), Buffer.from(':1}')), 7), { a: 1 })
  await assert.rejects(readJson(chunks(Buffer.from('{"a"'), Buffer.from(':1}')), 6), isTooLarge)
})
