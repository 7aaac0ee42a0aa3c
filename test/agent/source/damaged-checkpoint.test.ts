import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import test from 'node:test'
import fc from 'fast-check'
import { type CheckpointEntry, encodeEntry } from '../../../agent/source/checkpoint.ts'
import { createCheckpointStore } from '../../../agent/source/checkpoint-store.ts'
import { realFilesystem } from '../../../lib/io/filesystem.ts'
import { createCrashFilesystem } from '../../support/crash-filesystem.ts'
import { damage, damaged } from '../../support/damage.ts'
import { recordEvents } from '../../support/record-events.ts'
import { temporaryFolder } from './support/bench.ts'

const entry = (n: number): CheckpointEntry => ({
  fingerprint: `fingerprint-${n}`,
  source: 'pods',
  chain: `pods:/x/${n}`,
  path: '/var/log/containers/x.log',
  file: `/var/log/pods/x/${n}.log`,
  dev: 2049n,
  ino: 18_446_744_073_709_551_615n - BigInt(n),
  birthNs: 1_795_000_000_123_456_789n,
  format: 'cri',
  size: 100 + n,
  head: { offset: 0, length: 64, hash: 'abc' },
  mark: { offset: 36, length: 64, hash: 'def' },
  lanes: { search: 100, local: 50 },
  began: { search: 12 },
  closed: {},
  seenMs: 1_795_000_000_000,
})
const entries = Array.from({ length: 8 }, (_, n) => entry(n))
const file = '/state/positions.json'

const saved = () => {
  const filesystem = createCrashFilesystem()
  filesystem.mkdir('/state')
  createCheckpointStore('/state', filesystem, recordEvents().events).save(entries.map(encodeEntry))
  return filesystem
}

const load = (filesystem: ReturnType<typeof saved>) => {
  const recorded = recordEvents()
  const found = createCheckpointStore('/state', filesystem, recorded.events).load()
  return { found, told: recorded.of('stateDamaged') }
}

test('whatever happens to a checkpoint, the agent starts with every line of it that is whole, sets the rest aside and says so', () => {
  const whole = saved().bytesOf(file)!
  const property = fc.property(damage, (what) => {
    const filesystem = saved()
    const bytes = damaged(whole, what)
    filesystem.plant(file, bytes)
    const { found, told } = load(filesystem)
    const lines = new Set(bytes.toString('latin1').split('\n'))
    const left = entries.filter((one) => lines.has(encodeEntry(one).trimEnd()))
    const distinct = [...new Map(found.map((one) => [one.fingerprint, one])).values()]
    assert.deepEqual(distinct, left)
    if (bytes.equals(whole) || bytes.length === 0) return
    // A doubled or lost newline alone changes nothing.
    const linesOf = (text: Buffer): string =>
      text
        .toString('latin1')
        .split('\n')
        .filter((line) => line !== '')
        .join('\n')
    const isSame = linesOf(bytes) === linesOf(whole)
    assert.equal(told.length > 0, !isSame, JSON.stringify(told))
    if (!isSame) assert.ok(filesystem.bytesOf('/state/positions.damaged'), 'what is no entry is kept for a look')
  })
  fc.assert(property, { numRuns: 1500 })
})

test('one bit of the version flipped is damage and not a newer agent', () => {
  const whole = saved().bytesOf(file)!
  const head = whole.indexOf('\n')
  for (let bit = 0; bit <= head * 8 + 7; bit++) {
    const filesystem = saved()
    const bytes = Buffer.from(whole)
    bytes[bit >> 3]! ^= 1 << (bit & 7)
    filesystem.plant(file, bytes)
    const { found, told } = load(filesystem)
    // Of the newline's eight bits each makes one line of two: the first entry goes with the head.
    assert.deepEqual(found, bit >> 3 === head ? entries.slice(1) : entries, `bit ${bit}`)
    assert.equal(told.length, 1)
  }
})

test('a last line with a blank behind it is damage, as any other line is', () => {
  const filesystem = saved()
  filesystem.plant(file, Buffer.from(filesystem.bytesOf(file)!.toString().replace(/\n$/, '\r')))
  const { found, told } = load(filesystem)
  assert.deepEqual(found, entries)
  assert.equal(told.length, 1)
})

test('a checkpoint as the first agents wrote it is read', () => {
  const filesystem = saved()
  const text = filesystem
    .bytesOf(file)!
    .toString()
    .replace(/,"crc":"[0-9a-f]{8}"\}\n/, '}\n')
  filesystem.plant(file, Buffer.from(text))
  assert.deepEqual(load(filesystem), { found: entries, told: [] })
})

test('a checkpoint on a bad block is put aside, and so is a folder in its place: the agent starts anew', (t) => {
  const filesystem = saved()
  filesystem.fail((call, where) => (call === 'read' && where === file ? 'EIO' : undefined))
  assert.deepEqual(load(filesystem), {
    found: [],
    told: [[file, `cannot be read (EIO: read '${file}'); it is now ${file}.damaged`]],
  })
  assert.deepEqual(filesystem.readdir('/state'), ['positions.json.damaged'])

  const folder = temporaryFolder(t)
  fs.mkdirSync(path.join(folder, 'positions.json/inner'), { recursive: true })
  const store = createCheckpointStore(folder, realFilesystem, recordEvents().events)
  assert.deepEqual(store.load(), [])
  store.save([encodeEntry(entry(1))])
  assert.deepEqual(store.load(), [entry(1)])
})

test('a checkpoint that may not be read for now is no damage: the start fails and everything stays', () => {
  const filesystem = saved()
  filesystem.fail((call) => (call === 'open' ? 'EMFILE' : undefined))
  assert.throws(() => load(filesystem), { code: 'EMFILE' })
  filesystem.fail(() => undefined)
  assert.deepEqual(load(filesystem), { found: entries, told: [] })
})

test('damage on a full disk: what cannot be set aside is told of, and the agent starts', () => {
  const filesystem = saved()
  filesystem.plant(file, Buffer.concat([filesystem.bytesOf(file)!.subarray(0, -20), Buffer.from('garbage')]))
  filesystem.fail((call) => (call === 'write' ? 'ENOSPC' : undefined))
  const { found, told } = load(filesystem)
  assert.deepEqual(found, entries.slice(0, 7))
  assert.deepEqual(
    told.map(([where]) => where),
    [file, '/state/positions.damaged'],
  )
})
