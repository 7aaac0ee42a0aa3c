import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import test from 'node:test'
import fc from 'fast-check'
import { createLocalOutput, type LocalOutput } from '../../../../agent/output/local/local.ts'
import { realClock } from '../../../../lib/io/clock.ts'
import { damage, damaged } from '../../../support/damage.ts'
import { bulkBody, bulkText, type LoggedPod } from './bulk-body.ts'

const web: LoggedPod = { namespace: 'shop', pod: 'web-7d', container: 'web', fingerprint: 'AbCdEfGhIjKlMnOp' }
const never = new AbortController().signal

const body = (from: number, count: number) =>
  bulkBody(
    bulkText(
      web,
      Array.from({ length: count }, (_, n) => ({
        offset: (from + n) * 100,
        stamp: '2026-11-21T06:00:00.000000000Z',
        message: `message ${from + n} of the web ${'x'.repeat((n * 7) % 60)}`,
      })),
    ),
  )

interface Bench {
  readonly output: LocalOutput
  readonly told: string[]
}

const open = (file: string): Bench => {
  const told: string[] = []
  const output = createLocalOutput(
    { name: 'local', path: file, maxSizeBytes: 1e9, maxAgeMs: 1e12 },
    { events: { stateDamaged: (_, detail) => told.push(detail) }, clock: realClock },
  )
  return { output, told }
}

/** A verdict within a few tries, as the queue makes them. */
const verdict = async (output: LocalOutput): Promise<number> => {
  const reasons: string[] = []
  for (let tries = 0; tries < 4; tries++) {
    const outcome = await output.send(body(1000, 40), never)
    if (outcome.kind === 'items') return outcome.created + outcome.duplicates
    reasons.push(outcome.reason)
  }
  return assert.fail(`no verdict: ${reasons.join(' | ')}`)
}

test('whatever happens to the embedded store, it takes documents: as it is, or anew with the old one put aside and told of', async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'picket-damaged-store-'))
  t.after(() => fs.rmSync(folder, { recursive: true }))
  const original = path.join(folder, 'original.db')
  const first = open(original)
  for (let n = 0; n < 20; n++) await first.output.send(body(n * 40, 40), never)
  await first.output.close()
  const whole = fs.readFileSync(original)
  const file = path.join(folder, 'store.db')
  const property = fc.asyncProperty(damage, fc.boolean(), async (what, inHead) => {
    for (const name of fs.readdirSync(folder)) if (name.startsWith('store.db')) fs.rmSync(path.join(folder, name))
    // Half of the time in the header and the first page, where most of what can go wrong is said.
    const bytes = damaged(whole, inHead ? { ...what, at: (what.at * 400) / whole.length } : what)
    fs.writeFileSync(file, bytes)
    const { output, told } = open(file)
    assert.equal(await verdict(output), 40)
    await output.close()
    const aside = fs.readdirSync(folder).filter((name) => name.startsWith('store.db.damaged'))
    assert.equal(told.length > 0, aside.length > 0)
  })
  await fc.assert(property, {
    numRuns: 60,
    examples: [18, 19, 47, 60, 63].map((at) => [{ kind: 'flip', at: (at + 0.5) / 400, bit: at === 63 ? 0 : 7 }, true]),
  })
})
