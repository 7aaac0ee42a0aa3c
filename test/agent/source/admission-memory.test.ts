import assert from 'node:assert/strict'
import path from 'node:path'
import { test } from 'node:test'
import v8 from 'node:v8'
import vm from 'node:vm'
import { createAdmission } from '../../../agent/source/admission.ts'
import { createCursors } from '../../../agent/source/cursors.ts'
import type { LogPlace } from '../../../agent/source/log-place.ts'
import { createRegistry } from '../../../agent/source/registry.ts'
import type { World } from '../../../agent/source/world.ts'
import type { FileStat, Filesystem } from '../../../lib/io/filesystem.ts'
import { createEventLog } from './support/bench.ts'

v8.setFlagsFromString('--expose-gc')
const collect = vm.runInNewContext('gc') as () => void

const heapBytes = (): number => {
  collect()
  return process.memoryUsage().heapUsed
}

const filesPerLog = 20

const placeOf = (i: number): LogPlace => {
  const folder = path.join('/var/log/pods', `${'n'.repeat(63)}_${'p'.repeat(63)}-${i}_${'u'.repeat(36)}`, 'app')
  const rotated = Array.from({ length: filesPerLog }, (_, k) => path.join(folder, `0.log.20261126-${100_000 + k}.gz`))
  const live = path.join(folder, '0.log')
  const members = rotated.map((file) => ({ file, live: false, archive: true }))
  const rules = { roots: [], refuseHardLinks: true }
  const names = { source: 'pods', chain: `pods:${folder}/0`, path: live, live, tag: '' }
  return { ...names, members, origin: { kind: 'plain' }, adopt: 'all', superseded: false, rules }
}

test('of a file that waits no more is kept than its own name and its size', () => {
  let ino = 0n
  const stat = (): FileStat => ({ kind: 'file', dev: 1n, ino: ++ino, birthNs: 1n, size: 1, links: 1, mtimeMs: 0 })
  const files = { lstat: stat, stat } as unknown as Filesystem
  const world = { files, events: createEventLog().events, nowMs: () => 0 } as unknown as World
  const admission = createAdmission(
    world,
    createCursors(),
    createRegistry(() => 0),
    0,
  )
  const before = heapBytes()
  const logs = 500
  for (let i = 0; i < logs; i++) admission.admits(placeOf(i))
  const each = (heapBytes() - before) / (logs * filesPerLog)
  assert.equal(admission.waiting, logs)
  assert.ok(each < 250, `a file takes ${each} bytes, of a path of 200`)
})
