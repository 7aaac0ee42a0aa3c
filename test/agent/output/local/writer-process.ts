import { createLocalOutput } from '../../../../agent/output/local/local.ts'
import { realClock } from '../../../../lib/io/clock.ts'
import { bulkBody, bulkText } from './bulk-body.ts'

/** Writes bodies of 200 documents for ever and says after each verdict how many documents have one. To be killed. */
const [path = '', from = '0'] = process.argv.slice(2)
const output = createLocalOutput(
  { name: 'local', path, maxSizeBytes: 1e9, maxAgeMs: 1e12 },
  { events: { stateDamaged: (_path, detail) => void process.stdout.write(`damaged ${detail}\n`) }, clock: realClock },
)
const web = { namespace: 'shop', pod: 'web-0', container: 'web', fingerprint: 'AbCdEfGhIjKlMnOp' }
for (let n = Number(from); ; n += 200) {
  const lines = Array.from({ length: 200 }, (_, i) => ({
    offset: n + i,
    stamp: '2026-11-21T06:00:00.000000000Z',
    message: `line ${n + i} ${'filler '.repeat(20)}`,
  }))
  const outcome = await output.send(bulkBody(bulkText(web, lines)), new AbortController().signal)
  if (outcome.kind !== 'items') throw new Error(outcome.reason)
  process.stdout.write(`${n + 200}\n`)
}
