import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import test from 'node:test'
import type { OpenLane } from '../../../agent/pipeline/open-lane.ts'
import type { Pipeline } from '../../../agent/pipeline/pipeline.ts'
import { pipelineStats } from '../../../agent/pipeline/status.ts'
import { filesSource, startBench, TestLane, temporaryFolder } from '../source/support/bench.ts'

const none = { chunks: 0, bytes: 0 }

/** As far as its stats go. */
const openLane = (name: string, oldestMs: number | undefined): OpenLane =>
  ({
    lane: { name, stats: () => ({ files: 1, ready: 0, openRecords: 0, stagedBytes: 0 }) },
    queue: { stats: () => ({ sealed: none, sending: none, retrying: none, spilled: none, oldestMs }) },
    totalLimitBytes: 1000,
    deadLetters: { bytes: 0 },
    deadLetterLimitBytes: 1000,
  }) as unknown as OpenLane

test('of two outputs the one that is stuck lags, in bytes and in seconds, and the other does not', (t) => {
  const folder = temporaryFolder(t)
  const [log, unwanted] = [path.join(folder, 'a.log'), path.join(folder, 'b.txt')]
  fs.writeFileSync(log, 'one\n')
  fs.writeFileSync(unwanted, 'only for the quick one\n')
  const sources = [filesSource([log]), filesSource([unwanted], { name: 'other', tag: 'other' })]
  const wants = (lane: string, tag: string): boolean => lane === 'quick' || tag !== 'other'
  const bench = startBench(t, folder, sources, { lanes: ['quick', 'stuck'] }, undefined, wants)
  const stuck = new TestLane('stuck', bench.tailer)
  stuck.commits = false
  fs.appendFileSync(log, 'two\n')
  bench.rounds(2)
  stuck.turn()
  const pipeline = {
    tailers: new Map([['plain', bench.tailer]]),
    lanes: [openLane('quick', undefined), openLane('stuck', 7_000)],
  } as unknown as Pipeline
  const { lags, ages } = pipelineStats(pipeline, () => 10_000)
  assert.deepEqual(
    { lags, ages },
    {
      lags: [
        { source: 'plain', output: 'quick', bytes: 0 },
        { source: 'plain', output: 'stuck', bytes: 8 },
      ],
      ages: [
        { output: 'quick', ageMs: 0 },
        { output: 'stuck', ageMs: 3_000 },
      ],
    },
  )
})
