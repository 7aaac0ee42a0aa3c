import assert from 'node:assert/strict'
import test from 'node:test'
import { crc32 } from 'node:zlib'
import { BLOCK_BYTES, HEADER_BYTES } from '../../../agent/buffer/chunk-format.ts'
import { type ChunkStore, openChunkStore } from '../../../agent/buffer/chunk-store.ts'
import { QUARANTINE_FILES } from '../../../agent/buffer/quarantine.ts'
import type { BulkBody } from '../../../agent/event.ts'
import { type CrashFilesystem, createCrashFilesystem } from '../../support/crash-filesystem.ts'
import { bulkBody, namesIn } from '../../support/fake-chunk.ts'
import { recordEvents } from '../../support/record-events.ts'

const open = (filesystem: CrashFilesystem): ChunkStore =>
  openChunkStore('/q', 'es', { filesystem, events: recordEvents().events })

/** Documents that gzip cannot make small: several blocks. */
const noise = (documents: number): string[] => {
  let state = 1
  const letter = (): string => {
    state = (state * 48271) % 2147483647
    return (state % 36 ** 4).toString(36)
  }
  return Array.from({ length: documents }, (_, i) => `${i}-${Array.from({ length: 20 }, letter).join('')}`)
}
const NAMES = noise(3000)

/** A store with one chunk, whose file was changed. */
const damaged = (change: (file: Buffer) => Buffer, body = bulkBody(NAMES)) => {
  const filesystem = createCrashFilesystem()
  const path = open(filesystem).write(1, body, 1234).path
  filesystem.plant(path, change(Buffer.from(filesystem.bytesOf(path)!)))
  const store = open(filesystem)
  return { filesystem, store, chunk: store.found[0]! }
}
const flip = (at: number) => (file: Buffer) => {
  file[at]! ^= 1
  return file
}

for (const encoding of ['gzip', 'identity'] as const) {
  test(`what is written is read: ${encoding}`, () => {
    const filesystem = createCrashFilesystem()
    const store = open(filesystem)
    const body = bulkBody(NAMES, encoding)
    const written = store.write(7, body, 1234)
    const next = open(filesystem.reopened())
    assert.deepEqual(
      next.found.map(({ seq, bytes }) => ({ seq, bytes })),
      [{ seq: 7, bytes: written.bytes }],
    )
    assert.equal(written.bytes, filesystem.bytesOf(written.path)!.length)
    assert.ok(written.bytes > 2 * BLOCK_BYTES)
    assert.equal(next.nextSeq, 8)
    assert.equal(next.bytes, store.bytes)
    const read = next.read(next.found[0]!)
    assert.ok(read.kind === 'whole')
    assert.deepEqual({ ...read.body, bytes: Buffer.from(read.body.bytes) }, { ...body, bytes: Buffer.from(body.bytes) })
    assert.equal(read.oldestMs, 1234)
    assert.equal(next.documentsOf(next.found[0]!), NAMES.length)
    next.remove(next.found[0]!)
    assert.equal(next.bytes, 0)
  })
}

test('a power cut after the first spill does not take the folder with it', () => {
  const filesystem = createCrashFilesystem()
  filesystem.mkdir('/state')
  filesystem.fsyncDirectory('/')
  openChunkStore('/state/queue/es', 'es', { filesystem, events: recordEvents().events }).write(1, bulkBody(['a']), 0)
  assert.deepEqual(filesystem.restarted(() => 0.99).readdir('/state/queue/es'), ['0000000000000001.chunk'])
})

test('a start reads no chunk, however many there are', () => {
  const filesystem = createCrashFilesystem()
  const store = open(filesystem)
  for (let seq = 1; seq <= 50; seq++) store.write(seq, bulkBody([`${seq}`]), 0)
  filesystem.fail((call) => (call === 'open' || call === 'read' ? 'EIO' : undefined))
  const next = open(filesystem)
  assert.deepEqual(
    next.found.map(({ seq }) => seq),
    Array.from({ length: 50 }, (_, i) => i + 1),
  )
})

/** The documents before the damage are saved, the rest is counted. */
const assertPrefix = (body: BulkBody | undefined, lost: number, atLeast: number): void => {
  const names = body ? namesIn(body) : []
  assert.deepEqual(names, NAMES.slice(0, names.length))
  assert.ok(names.length >= atLeast && names.length < NAMES.length, `${names.length} saved`)
  assert.equal(lost, NAMES.length - names.length)
}

test('a bit flipped in the second block: the documents of the first are saved', () => {
  const { store, chunk } = damaged(flip(HEADER_BYTES + 8 + BLOCK_BYTES + 8 + 100))
  const read = store.read(chunk)
  assert.ok(read.kind === 'damaged')
  assert.equal(read.detail, `block at byte ${HEADER_BYTES + 8 + BLOCK_BYTES} does not match its CRC`)
  assertPrefix(read.body, read.lost, 500)
})

test('a bit flipped in the length of a block', () => {
  const { store, chunk } = damaged(flip(HEADER_BYTES + 8 + BLOCK_BYTES + 3))
  const read = store.read(chunk)
  assert.ok(read.kind === 'damaged')
  assertPrefix(read.body, read.lost, 500)
})

test('a block of an older file in the place of the second one is noticed', () => {
  const frame = HEADER_BYTES + 8 + BLOCK_BYTES
  const other = damaged((file) => file, bulkBody([...NAMES].reverse()))
  const stale = other.filesystem.bytesOf(other.chunk.path)!.subarray(frame, frame + 8 + BLOCK_BYTES)
  const { store, chunk } = damaged((file) => {
    file.set(stale, frame)
    return file
  })
  const read = store.read(chunk)
  assert.ok(read.kind === 'damaged')
  assertPrefix(read.body, read.lost, 500)
})

test('a file cut anywhere never gives a document that was not in it, and never throws', () => {
  const names = ['a', 'b', 'c', 'd']
  const whole = damaged((file) => file, bulkBody(names)).filesystem.bytesOf('/q/0000000000000001.chunk')!
  for (let length = 0; length < whole.length; length++) {
    const { store, chunk } = damaged((file) => file.subarray(0, length), bulkBody(names))
    const read = store.read(chunk)
    assert.ok(read.kind === 'damaged', `cut at ${length}`)
    const saved = read.body ? namesIn(read.body) : []
    assert.deepEqual(saved, names.slice(0, saved.length))
  }
})

test('any single bit flipped is noticed', () => {
  const names = ['a', 'b']
  const whole = damaged((file) => file, bulkBody(names)).filesystem.bytesOf('/q/0000000000000001.chunk')!
  for (let at = 0; at < whole.length; at++) {
    const { store, chunk } = damaged(flip(at), bulkBody(names))
    assert.equal(store.read(chunk).kind, 'damaged', `byte ${at}`)
  }
})

test('an empty file', () => {
  const { store, chunk } = damaged(() => Buffer.alloc(0))
  assert.deepEqual(store.read(chunk), {
    kind: 'damaged',
    body: undefined,
    oldestMs: 0,
    lost: 0,
    detail: 'the file is empty',
  })
})

test('a file of zeros, as ext4 may leave one after a power cut', () => {
  const { store, chunk } = damaged((file) => Buffer.alloc(file.length))
  const read = store.read(chunk)
  assert.ok(read.kind === 'damaged')
  assert.deepEqual([read.body, read.detail], [undefined, 'not a chunk file'])
})

test('a header that is damaged behind its prelude: all documents are saved', () => {
  const { store, chunk } = damaged(flip(17))
  const read = store.read(chunk)
  assert.ok(read.kind === 'damaged')
  assert.equal(read.detail, 'its header does not match its CRC')
  assert.deepEqual(namesIn(read.body!), NAMES)
})

/** A prelude of another version, with the CRC that it should have. */
const ofVersion = (version: number) => (file: Buffer) => {
  file.writeUInt16LE(version, 4)
  file.writeUInt32LE(crc32(file.subarray(0, 8)), 8)
  return file
}

test('a newer version is told apart from damage and left alone', () => {
  const { store, chunk, filesystem } = damaged(ofVersion(2))
  assert.deepEqual(store.read(chunk), { kind: 'newer', version: 2 })
  store.forget(chunk)
  assert.equal(store.bytes, 0)
  assert.deepEqual(filesystem.readdir('/q'), ['0000000000000001.chunk'])
  assert.equal(open(filesystem).nextSeq, 2)
})

test("a body that does not inflate is sent as it was: its fate is the output's to say", () => {
  const body = { ...bulkBody(['a'], 'identity'), encoding: 'gzip' } as const
  const { store, chunk } = damaged((file) => file, body)
  const read = store.read(chunk)
  assert.ok(read.kind === 'whole')
  assert.deepEqual({ ...read.body, bytes: Buffer.from(read.body.bytes) }, { ...body, bytes: Buffer.from(body.bytes) })
})

test('half-written files of the last run are dropped, files of others are left alone', () => {
  const filesystem = createCrashFilesystem()
  open(filesystem)
  for (const name of ['0000000000000003.chunk.tmp', 'README', '12.chunk'])
    filesystem.plant(`/q/${name}`, Buffer.from('x'))
  const store = open(filesystem)
  assert.deepEqual(store.found, [])
  assert.deepEqual(filesystem.readdir('/q').sort(), ['12.chunk', 'README'])
})

test('damaged files are put aside, a bounded number of them', () => {
  const filesystem = createCrashFilesystem()
  const store = open(filesystem)
  for (let seq = 1; seq <= QUARANTINE_FILES + 2; seq++) store.quarantine(store.write(seq, bulkBody(['a']), 0))
  const names = filesystem.readdir('/q').sort()
  assert.equal(names.length, QUARANTINE_FILES)
  assert.equal(names[0], '0000000000000003.chunk.damaged')
  assert.equal(store.bytes, 0)
})

for (const [call, code] of [
  ['open', 'EROFS'],
  ['write', 'ENOSPC'],
  ['fsync', 'EIO'],
  ['rename', 'EDQUOT'],
  ['fsyncDirectory', 'EIO'],
] as const) {
  test(`a write that fails (${call}: ${code}) leaves nothing behind and counts nothing`, () => {
    const filesystem = createCrashFilesystem()
    const store = open(filesystem)
    filesystem.fail((c) => (c === call ? code : undefined))
    assert.throws(() => store.write(1, bulkBody(['a']), 0), { code })
    assert.deepEqual([filesystem.readdir('/q'), store.bytes], [[], 0])
  })
}

test('a file that cannot be deleted is counted until it can', () => {
  const filesystem = createCrashFilesystem()
  const recorded = recordEvents()
  const store = openChunkStore('/q', 'es', { filesystem, events: recorded.events })
  const [first, second] = [store.write(1, bulkBody(['a']), 0), store.write(2, bulkBody(['b']), 0)]
  filesystem.fail((call) => (call === 'unlink' ? 'EIO' : undefined))
  store.remove(first)
  assert.equal(store.bytes, first.bytes + second.bytes)
  assert.equal(recorded.of('spillFailed').length, 1)
  filesystem.fail(() => undefined)
  store.remove(second)
  assert.deepEqual([filesystem.readdir('/q'), store.bytes], [[], 0])
})
