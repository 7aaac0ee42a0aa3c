import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { openChunkStore } from '../../../agent/buffer/chunk-store.ts'
import { openDeadLetters } from '../../../agent/buffer/dead-letters.ts'
import type { BulkBody } from '../../../agent/event.ts'
import { heldFiles } from '../../../agent/pipeline/held-files.ts'
import { encodeCheckpoint, encodeEntry } from '../../../agent/source/checkpoint.ts'
import { statePaths } from '../../../agent/state/state-paths.ts'
import { realFilesystem } from '../../../lib/io/filesystem.ts'
import { withFolder } from '../../support/agent-process.ts'
import { recordEvents } from '../../support/record-events.ts'

const A = 'aaaaaaaaaaaaaaaa'
const B = 'bbbbbbbbbbbbbbbb'

const document = (fingerprint: string, offset: number, length: number, more: object = {}): string =>
  JSON.stringify({ '@timestamp': '2026-11-21T06:00:00Z', log: { file: { fingerprint }, offset, length, ...more } })

const bodyOf = (...documents: string[]): BulkBody => {
  const bytes = Buffer.from(documents.map((text) => `{"create":{}}\n${text}\n`).join(''))
  return { bytes, encoding: 'identity', plainBytes: bytes.length, documents: documents.length }
}

const entry = {
  source: 'pods',
  chain: 'c',
  path: '/x.log',
  file: '/x.log',
  dev: 1n,
  ino: 2n,
  birthNs: 3n,
  format: 'cri',
  size: 100,
  head: { offset: 0, length: 0, hash: '' },
  mark: { offset: 0, length: 0, hash: '' },
  seenMs: 0,
  closed: {},
} as const

const listing = (folder: string): string[] =>
  fs.readdirSync(folder, { recursive: true, withFileTypes: true }).map((one) => {
    const path = join(one.parentPath, one.name)
    return one.isFile() ? `${path} ${fs.readFileSync(path, 'latin1')}` : path
  })

test('positions, chunks on disk and dead letters of one output; nothing in the folder is touched', () =>
  withFolder(async (folder) => {
    const paths = statePaths(folder)
    const { events } = recordEvents()
    const deps = { filesystem: realFilesystem, events }
    const store = openChunkStore(paths.queue('search'), 'search', deps)
    store.write(1, bodyOf(document(A, 10, 10), document(A, 20, 5)), 0)
    store.write(
      2,
      bodyOf(document(A, 90, 15, { spans: `90+10,${B}:0+5` }), document(A, 100, 0, { flags: ['closed'] })),
      0,
    )
    const whole = store.write(3, bodyOf(document(B, 5, 5)), 0)
    fs.truncateSync(whole.path, 20)
    fs.writeFileSync(join(paths.queue('search'), '0000000000000004.chunk.tmp'), 'half written')
    openChunkStore(paths.queue('other'), 'other', deps).write(1, bodyOf(document(A, 0, 99)), 0)
    fs.writeFileSync(join(paths.queue('search'), '0000000000000005.chunk.tmp'), 'half written')
    const limits = { output: 'search', limitBytes: 1e6, overflow: 'block' } as const
    const refused = { status: 400, type: 't', reason: 'r', time: 'now', output: 'search', action: '{}' }
    openDeadLetters(paths.deadLetters('search'), limits, { ...deps, exclusive: (work) => work() }).append([
      { ...refused, document: document(A, 40, 3) },
    ])
    fs.mkdirSync(join(folder, 'sources/pods'), { recursive: true })
    const entries = [
      { ...entry, fingerprint: A, lanes: { search: 95, other: 7 }, began: { search: 10 } },
      { ...entry, fingerprint: 'cccccccccccccccc', lanes: { other: 7 }, began: {} },
    ]
    fs.writeFileSync(
      join(folder, 'sources/pods/positions.json'),
      [...encodeCheckpoint(entries.map(encodeEntry))].join(''),
    )
    const before = listing(folder)
    const held = [...heldFiles(realFilesystem, paths, 'search', 'node-1')]
    assert.deepEqual(
      held.map(([fingerprint, { origin: _, ...rest }]) => [fingerprint, rest]),
      [
        [
          A,
          {
            queued: [
              { from: 10, to: 25 },
              { from: 90, to: 100 },
            ],
            deadLettered: [{ from: 40, to: 43 }],
            position: { committed: 95, began: 10 },
          },
        ],
        [B, { queued: [{ from: 0, to: 5 }], deadLettered: [], position: undefined }],
      ],
    )
    assert.equal(held[0]![1].origin.path, '/x.log')
    assert.deepEqual(listing(folder), before)
  }))

test('a state folder with nothing in it holds nothing', () =>
  withFolder(async (folder) => {
    assert.deepEqual([...heldFiles(realFilesystem, statePaths(folder), 'search', 'node-1')], [])
  }))
