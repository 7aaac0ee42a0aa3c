import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import test from 'node:test'
import type { EventOutcome } from '../../../controller/act/event-recorder.ts'
import type { Action, RolloutAction, TaintNode } from '../../../controller/cluster.ts'
import { createMetrics } from '../../../controller/telemetry/metrics.ts'

const page = readFileSync(new URL('../../../docs/controller.md', import.meta.url), 'utf8')

/** What stands in backticks in the first column of the table with this head. */
const described = (head: string): string[] => {
  const [table = ''] = page.slice(page.indexOf(head)).split('\n\n')
  const rows = table.split('\n').slice(2)
  return rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`(\w+)[^`]*`/g)].map((m) => m[1] ?? ''))
}

/** Its kind is that of the log line; the compiler sees to it that none is left out. */
const ACTIONS: Record<(Action | RolloutAction | TaintNode)['kind'], true> = {
  create_pod: true,
  delete_pod: true,
  adopt_pod: true,
  release_pod: true,
  relabel_pod: true,
  create_revision: true,
  label_revision: true,
  raise_revision: true,
  delete_revision: true,
  adopt_revision: true,
  release_revision: true,
  annotate_daemon_set: true,
  restore_template: true,
  remove_taint: true,
  add_taint: true,
}
const DROPPED: Record<Exclude<EventOutcome, 'written' | 'suppressed'>, true> = {
  overflow: true,
  refused: true,
  unreachable: true,
}

test('docs/controller.md says of every kind of log line of the controller what it means, and of no other', () => {
  const sources = globSync('controller/**/*.ts').map((file) => readFileSync(file, 'utf8'))
  const logged = sources.flatMap((text) =>
    [...text.matchAll(/\.log\(\s*'(?:debug|info|warn|error)',\s*'(\w+)'/g)].map((m) => m[1] ?? ''),
  )
  const events = Object.keys(DROPPED).map((outcome) => `event_${outcome}`)
  const expected = new Set([...logged, ...Object.keys(ACTIONS), ...events])
  const kinds = described('| kind | level |').filter((kind) => kind !== '_failed')
  assert.deepEqual(kinds.sort(), [...expected].sort())
})

test('docs/controller.md names every metric of the controller, and no other', () => {
  const waiting = { depth: 0, oldestMs: 0 }
  const metrics = createMetrics({ daemonSets: waiting, nodes: waiting }).registry.getMetricsAsArray()
  assert.deepEqual(described('| metric |').sort(), metrics.map(({ name }) => name).sort())
})
