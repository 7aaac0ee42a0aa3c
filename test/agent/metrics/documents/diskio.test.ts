import assert from 'node:assert/strict'
import test from 'node:test'
import { diskioDocuments } from '../../../../agent/metrics/documents/diskio.ts'
import type { Look } from '../../../../agent/metrics/documents/look.ts'
import { nodeLook } from '../../../support/node-families.ts'

const NAMES = ['reads_completed', 'writes_completed', 'read_bytes', 'written_bytes', 'read_time_seconds']
const MORE = ['write_time_seconds', 'io_time_seconds', 'io_time_weighted_seconds']

const disk = (device: string, counters: readonly number[], monotonicMs: number): Look =>
  nodeLook(
    Object.fromEntries(
      [...NAMES, ...MORE].map((name, i) => [`node_disk_${name}_total`, [[{ device }, counters[i] ?? 0]]]),
    ),
    monotonicMs,
  )

const totals = (name: string) => ({
  name,
  read: { count: 10, bytes: 1000, time: 500 },
  write: { count: 40, bytes: 9000, time: 1500 },
  io: { time: 1250 },
})
const counted = [10, 40, 1000, 9000, 0.5, 1.5, 1.25, 2.5]

test('the first look: totals alone', () => {
  assert.deepEqual(diskioDocuments(disk('vda', counted, 0), undefined), [{ system: { diskio: totals('vda') } }])
})

test('from the second look on: what was done in the time between, however long it was', () => {
  const before = disk('vda', [0, 20, 0, 1000, 0.3, 0.5, 0.75, 0.5], 0)
  assert.deepEqual(diskioDocuments(disk('vda', counted, 10_000), before), [
    {
      system: {
        diskio: {
          ...totals('vda'),
          iostat: {
            read: { request: { per_sec: 1 }, per_sec: { bytes: 100 }, await: 20 },
            write: { request: { per_sec: 2 }, per_sec: { bytes: 800 }, await: 50 },
            await: 40,
            queue: { avg_size: 0.2 },
            busy: 5,
          },
        },
      },
    },
  ])
})

test('nothing done: zeros, not NaN', () => {
  const [document] = diskioDocuments(disk('vda', counted, 10_000), disk('vda', counted, 0))
  const still = { request: { per_sec: 0 }, per_sec: { bytes: 0 }, await: 0 }
  assert.deepEqual(document, {
    system: {
      diskio: {
        ...totals('vda'),
        iostat: { read: still, write: still, await: 0, queue: { avg_size: 0 }, busy: 0 },
      },
    },
  })
})

test('a device that was replaced, one that has just come, two looks at one moment: totals alone', () => {
  const alone = [{ system: { diskio: totals('vda') } }]
  assert.deepEqual(diskioDocuments(disk('vda', counted, 10_000), disk('vda', [11], 0)), alone)
  assert.deepEqual(diskioDocuments(disk('vda', counted, 10_000), disk('vdb', counted, 0)), alone)
  assert.deepEqual(diskioDocuments(disk('vda', counted, 0), disk('vda', counted, 0)), alone)
})
