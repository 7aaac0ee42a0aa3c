import assert from 'node:assert/strict'
import test from 'node:test'
import type { Origin } from '../../../agent/event.ts'
import type { OpenLane } from '../../../agent/pipeline/open-lane.ts'
import { type PageFacts, pageStatus } from '../../../agent/pipeline/page-status.ts'
import type { Pipeline } from '../../../agent/pipeline/pipeline.ts'
import type { FileStats } from '../../../agent/source/options.ts'

const container = (pod: string): Origin =>
  ({ kind: 'container', namespace: 'shop', pod, container: 'web' }) as unknown as Origin
const plain = { kind: 'plain' } as unknown as Origin

const file = (origin: Origin, path: string, [size, committed]: [number, number]): FileStats =>
  ({ source: 'logs', origin, path, size, committed }) as unknown as FileStats

const none = { chunks: 0, bytes: 0 }

/** As far as its stats go. */
const lane = (name: string, stagedBytes: number, oldestMs: number | undefined, usage?: OpenLane['usage']): OpenLane =>
  ({
    lane: { name, stats: () => ({ stagedBytes }) },
    queue: {
      stats: () => ({
        ...{ sealed: none, sending: { chunks: 2, bytes: 20 }, retrying: none, spilled: none },
        ...{ full: 'no', oldestMs },
      }),
    },
    totalLimitBytes: 1000,
    deadLetters: { bytes: 7 },
    usage,
  }) as unknown as OpenLane

const pipelineOf = (files: readonly FileStats[], lanes: readonly OpenLane[]): Pipeline =>
  ({
    tailers: new Map([['logs', { stats: () => ({ files, openHandles: 2, unreadable: 1 }) }]]),
    lanes,
  }) as unknown as Pipeline

const facts: PageFacts = {
  ...{ nowMs: 10_000, node: 'node-1', version: '1.2.3', uptimeMs: 5, residentBytes: 6 },
  kinds: new Map([['es', 'elasticsearch']]),
  waiting: { pipeline: 'has not started' },
  wedged: [],
  held: [],
  deliveries: [],
}

test('files of one container are one line, the furthest behind first, and what shrank is not behind', () => {
  const files = [
    file(container('a'), '/a/0.log', [100, 90]),
    file(container('b'), '/b/0.log', [100, 0]),
    file(container('a'), '/a/0.log.1', [50, 45]),
    file(plain, '/var/log/syslog', [10, 40]),
  ]
  const { containers, containerCount, sources, searchable, waiting } = pageStatus(pipelineOf(files, []), facts)
  assert.deepEqual(
    { containers, containerCount, sources, searchable, waiting },
    {
      containers: [
        { name: 'shop/b/web', source: 'logs', lagBytes: 100, files: 1 },
        { name: 'shop/a/web', source: 'logs', lagBytes: 15, files: 2 },
        { name: '/var/log/syslog', source: 'logs', lagBytes: 0, files: 1 },
      ],
      containerCount: 3,
      sources: [{ source: 'logs', files: 4, openFiles: 2, unreadableFiles: 1, lagBytes: 115 }],
      searchable: false,
      waiting: { pipeline: 'has not started' },
    },
  )
})

test('of many containers the fifty that are furthest behind are named, and all are counted', () => {
  const files = Array.from({ length: 60 }, (_, k) => file(container(`pod-${k}`), `/${k}`, [k, 0]))
  const { containers, containerCount } = pageStatus(pipelineOf(files, []), facts)
  assert.deepEqual(
    [containers.length, containers[0]?.name, containers.at(-1)?.name, containerCount],
    [50, 'shop/pod-59/web', 'shop/pod-10/web', 60],
  )
})

test('an output shows its own hold, its own deliveries and its store; one that has delivered nothing yet shows zeros', () => {
  const delivery = { deliveredDocuments: 3, retriedDocuments: 2, deadLetters: 1, verdictAgeMs: 40 }
  const told: PageFacts = {
    ...facts,
    kinds: new Map([
      ['es', 'elasticsearch'],
      ['store', 'local'],
    ]),
    held: [
      { output: 'es', reason: 'connect ECONNREFUSED', forMs: 9 },
      { output: 'other', reason: 'not of this one', forMs: 1 },
    ],
    deliveries: [{ output: 'store', ...delivery }],
  }
  const usage = { usedBytes: () => 11, limitBytes: 22 }
  const lanes = [lane('es', 5, 4000), lane('store', 0, undefined, usage)]
  const { outputs, searchable } = pageStatus(pipelineOf([], lanes), told)
  const queue = (chunks: number, bytes: number) => [
    { state: 'staged', chunks, bytes },
    { state: 'sealed', ...none },
    { state: 'sending', chunks: 2, bytes: 20 },
    { state: 'retrying', ...none },
    { state: 'spilled', ...none },
  ]
  const shared = { queueLimitBytes: 1000, full: 'no', deadLetterBytes: 7 }
  assert.deepEqual(
    { outputs, searchable },
    {
      outputs: [
        {
          ...{ output: 'es', kind: 'elasticsearch', queue: queue(1, 5), store: undefined, ...shared },
          held: [{ reason: 'connect ECONNREFUSED', forMs: 9 }],
          ...{ deliveredDocuments: 0, retriedDocuments: 0, deadLetters: 0, verdictAgeMs: undefined },
          oldestAgeMs: 6000,
        },
        {
          ...{
            output: 'store',
            kind: 'local',
            queue: queue(0, 0),
            store: { usedBytes: 11, limitBytes: 22 },
            ...shared,
          },
          held: [],
          ...delivery,
          oldestAgeMs: 0,
        },
      ],
      searchable: true,
    },
  )
})
