import assert from 'node:assert/strict'
import { join } from 'node:path'
import { runAgent } from '../../support/agent-process.ts'
import { eventually } from '../../support/eventually.ts'
import type { RunningServer } from '../elasticsearch/start.ts'
import type { Found } from './search-all.ts'

interface Report {
  readonly fingerprint: string
  readonly state: string
  readonly gaps: readonly object[]
  readonly doubled: readonly object[]
}

interface Audit {
  readonly code: number
  readonly reports: readonly Report[]
  /** Its summary, and whatever it has to say. */
  readonly words: string
}

const audit = async (folder: string): Promise<Audit> => {
  const { code, stdout, stderr } = await runAgent(['audit', '--config', join(folder, 'picket.yaml')], folder)
  const reports = stdout.split('\n').filter((line) => line !== '')
  return { code, reports: reports.map((line) => JSON.parse(line) as Report), words: stderr }
}

const faults = ({ reports }: Audit): readonly object[] =>
  reports.flatMap(({ fingerprint, gaps, doubled }) =>
    gaps.length + doubled.length > 0 ? [{ fingerprint, gaps, doubled }] : [],
  )

/** While the store takes nothing: what is missing there is found in the queue on disk. */
export const queuedIsNoGap = async (folder: string): Promise<void> => {
  // An index that is read-only refuses to be refreshed: what it took last is seen when its interval has passed, which on a busy machine takes a while.
  await eventually('what is queued is no gap', async () => {
    const seen = await audit(folder)
    assert.match(seen.words, /bytes queued/)
    assert.deepEqual([seen.code, faults(seen)], [0, []], seen.words)
    return true
  })
}

/** Every byte once; then a document is taken out, and it is that which is missing. */
export const auditChecks = async (server: RunningServer, folder: string, found: readonly Found[]): Promise<string> => {
  const whole = await audit(folder)
  assert.deepEqual([whole.code, faults(whole)], [0, []], whole.words)
  assert.ok(
    whole.reports.some(({ state }) => state === 'closed'),
    whole.words,
  )
  const victim = found[Math.floor(found.length / 2)]!
  await server.ask('DELETE', `/${victim._index}/_doc/${encodeURIComponent(victim._id)}?refresh=true`)
  const { log } = victim._source as {
    log: { file: { fingerprint: string }; offset: number; length: number; spans?: string }
  }
  assert.equal(log.spans, undefined, 'a record of one line')
  const { fingerprint } = log.file
  const missing = { fingerprint, gaps: [{ offset: log.offset, length: log.length }], doubled: [] }
  const holed = await audit(folder)
  assert.deepEqual([holed.code, faults(holed)], [1, [missing]], holed.words)
  return whole.words.trim()
}
