import assert from 'node:assert/strict'
import test from 'node:test'
import { type ReadControl, usageV1, usageV2 } from '../../../agent/metrics/cgroup-usage.ts'

const reader =
  (files: Readonly<Record<string, string>>): ReadControl =>
  (_controller, file) =>
    files[file]

const NOTHING = {
  cpuSeconds: undefined,
  periods: undefined,
  throttledPeriods: undefined,
  throttledSeconds: undefined,
  memoryBytes: undefined,
  workingSetBytes: undefined,
  rssBytes: undefined,
  limitBytes: undefined,
  oomKills: undefined,
}

test('a container that ended while it was read has nothing', () => {
  assert.deepEqual(usageV1(reader({})), NOTHING)
  assert.deepEqual(usageV2(reader({})), NOTHING)
})

test('odd texts are nothing', () => {
  const odd = { 'cpu.stat': 'usage_usec x\nxusage_usec 5\nnr_periods', 'memory.current': '', 'memory.max': '-1' }
  assert.deepEqual(usageV2(reader({ ...odd, 'memory.stat': 'inactive_anon 5', 'memory.events': 'oom 3' })), NOTHING)
})
