import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import test from 'node:test'
import {
  type CheckpointEntry,
  decodeCheckpoint,
  encodeCheckpoint,
  encodeEntry,
} from '../../../agent/source/checkpoint.ts'
import { createCheckpointStore, StateTooNew } from '../../../agent/source/checkpoint-store.ts'
import { type Filesystem, realFilesystem } from '../../../lib/io/filesystem.ts'
import { createEventLog, temporaryFolder } from './support/bench.ts'

const entry = (n: number): CheckpointEntry => ({
  fingerprint: `fingerprint-${n}`,
  source: 'pods',
  chain: 'pods:/x/0',
  path: '/var/log/containers/x.log',
  file: '/var/log/pods/x/0.log',
  dev: 2049n,
  ino: 18_446_744_073_709_551_615n,
  birthNs: 1_795_000_000_123_456_789n,
  format: 'cri',
  size: 100 + n,
  head: { offset: 0, length: 64, hash: 'abc' },
  mark: { offset: 36, length: 64, hash: 'def' },
  lanes: { search: 100, local: 50 },
  began: n % 2 === 0 ? { search: 40 } : {},
  closed: n % 3 === 0 ? { search: 100 + n } : {},
  seenMs: 1_795_000_000_000,
})

const text = (...numbers: number[]): string => [...encodeCheckpoint(numbers.map((n) => encodeEntry(entry(n))))].join('')

test('a checkpoint comes back as it was, 64-bit inodes too', () => {
  assert.deepEqual(decodeCheckpoint(text(1, 2)), {
    kind: 'read',
    entries: [entry(1), entry(2)],
    damaged: [],
    complete: true,
  })
})

test('damage costs the line that it hits', () => {
  const whole = text(1, 2, 3)
  const lines = whole.split('\n')
  const flipped = whole.replace('"size":102', '"size":902')
  assert.deepEqual(decodeCheckpoint(flipped), {
    kind: 'read',
    entries: [entry(1), entry(3)],
    damaged: [lines[2]!.replace('"size":102', '"size":902')],
    complete: false,
  })
  const torn = whole.slice(0, whole.indexOf('fingerprint-3'))
  const read = decodeCheckpoint(torn)
  assert.deepEqual(read.kind === 'read' && [read.entries, read.damaged.length, read.complete], [
    [entry(1), entry(2)],
    1,
    false,
  ])
  const headless = decodeCheckpoint(lines.slice(1).join('\n'))
  assert.deepEqual(headless.kind === 'read' && headless.entries, [entry(1), entry(2), entry(3)])
  assert.deepEqual(decodeCheckpoint('\0\0\0\0'), { kind: 'foreign' })
  assert.deepEqual(decodeCheckpoint('{"picket":"positions","version":2,"crc":"4f60914f"}\n{"x":1}\n'), {
    kind: 'newer',
    version: 2,
  })
})

test('a newer state is refused and left as it is', (t) => {
  const folder = temporaryFolder(t)
  const file = path.join(folder, 'positions.json')
  const newer = '{"picket":"positions","version":9,"crc":"d8b248c7"}\n{"end":0}\n'
  fs.writeFileSync(file, newer)
  const store = createCheckpointStore(folder, realFilesystem, createEventLog().events)
  assert.throws(
    () => store.load(),
    new StateTooNew(
      `${file} has version 9; this agent knows up to 1. Run the newer agent, or move the file away to begin anew.`,
    ),
  )
  assert.deepEqual(
    fs.readdirSync(folder).map((name) => [name, fs.readFileSync(path.join(folder, name), 'utf8')]),
    [['positions.json', newer]],
  )
})

test('damaged lines are set aside and told of', (t) => {
  const folder = temporaryFolder(t)
  const { lines, events } = createEventLog()
  fs.writeFileSync(path.join(folder, 'positions.json'), text(1, 2).replace('"size":101', '"size":xxx'))
  const store = createCheckpointStore(folder, realFilesystem, events)
  assert.deepEqual(store.load(), [entry(2)])
  assert.match(fs.readFileSync(path.join(folder, 'positions.damaged'), 'utf8'), /^\{"crc".*"size":xxx.*\n$/)
  assert.match(lines.join('\n'), /^stateDamaged .*positions\.json 1 line/)
})

/** More than one piece of what is written at once. */
const many = (base: number): string[] => Array.from({ length: 150 }, (_, n) => encodeEntry(entry(base + n)))

const positionsAfter = (
  folder: string,
  files: Filesystem,
  base: number,
): { readonly saved: boolean; readonly first: string } => {
  const { events, lines } = createEventLog()
  let saved = true
  try {
    createCheckpointStore(folder, files, events).save(many(base))
  } catch {
    saved = false
  }
  const found = createCheckpointStore(folder, realFilesystem, events).load()
  assert.deepEqual([found.length, lines], [150, []])
  return { saved, first: found[0]!.fingerprint }
}

test('a crash, or a full disk, at any operation and between two pieces leaves the old positions or the new ones', (t) => {
  const operations = ['open', 'write', 'fsync', 'close', 'rename', 'fsyncDirectory'] as const
  for (const goesOn of [false, true])
    for (let failing = 0, done = false; !done; failing++) {
      const folder = temporaryFolder(t)
      assert.ok(positionsAfter(folder, realFilesystem, 1000).saved)
      let count = 0
      const failsAt = (name: (typeof operations)[number]) => [
        name,
        (...args: unknown[]) => {
          const at = count++
          if (at === failing || (!goesOn && at > failing)) throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' })
          return (realFilesystem[name] as (...all: unknown[]) => unknown)(...args)
        },
      ]
      const files = { ...realFilesystem, ...Object.fromEntries(operations.map(failsAt)) } as Filesystem
      const { saved, first } = positionsAfter(folder, files, 2000)
      assert.ok(first === 'fingerprint-2000' || (!saved && first === 'fingerprint-1000'))
      done = count <= failing
      if (done) assert.ok(saved && count > 8, `${count} operations`)
    }
})

test('a crash after any filesystem operation leaves the old positions or the new ones', (t) => {
  for (let survived = 0; ; survived++) {
    const folder = temporaryFolder(t)
    const { events } = createEventLog()
    createCheckpointStore(folder, realFilesystem, events).save([encodeEntry(entry(1))])
    let left = survived
    const crashing = new Proxy(realFilesystem, {
      get:
        (target, name: keyof Filesystem) =>
        (...args: unknown[]) => {
          if (left-- <= 0) throw new Error('crash')
          return (target[name] as (...args: unknown[]) => unknown)(...args)
        },
    })
    let done = true
    try {
      createCheckpointStore(folder, crashing, events).save([encodeEntry(entry(2))])
    } catch {
      done = false
    }
    const [found, ...rest] = createCheckpointStore(folder, realFilesystem, events).load()
    assert.deepEqual(rest, [])
    assert.ok(found?.fingerprint === 'fingerprint-2' || (!done && found?.fingerprint === 'fingerprint-1'))
    if (done) break
  }
})
