import assert from 'node:assert/strict'
import test from 'node:test'
import { createBusyLogs } from '../../../agent/source/busy-logs.ts'
import type { Generation } from '../../../agent/source/generation.ts'

test('a log that was busy is let go after its time, also where nobody looks at busy logs between the looks at everything', () => {
  const busy = createBusyLogs()
  const generation = { size: 0, log: { generations: [] as unknown[] } } as unknown as Generation
  busy.during(generation, 0, () => {
    generation.size = 8 * 1024 * 1024
  })
  assert.deepEqual([busy.some(5000), busy.some(5001), busy.some(0)], [true, false, false])
})
