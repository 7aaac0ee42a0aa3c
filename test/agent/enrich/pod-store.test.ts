import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import fc from 'fast-check'
import { podDocument } from '../../../agent/enrich/pod-document.ts'
import type { PodFacts } from '../../../agent/enrich/pod-fields.ts'
import { loadFacts, NOTHING_SAVED, type SavedFacts, saveFacts } from '../../../agent/enrich/pod-store.ts'
import { type Filesystem, realFilesystem } from '../../../lib/io/filesystem.ts'
import { damage, damaged } from '../../support/damage.ts'

const pathIn = (t: TestContext): string => {
  const folder = mkdtempSync(join(tmpdir(), 'picket-pods-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return join(folder, 'pods.json')
}

const pod: PodFacts = {
  uid: 'u1',
  namespace: 'shop',
  name: 'web-0',
  node: 'node-1',
  ip: '10.0.0.1',
  configHash: undefined,
  owner: { kind: 'statefulset', name: 'web' },
  labels: { app: 'wéb' },
  annotations: {},
  serviceName: undefined,
  serviceVersion: undefined,
  dataset: undefined,
  dataNamespace: undefined,
  containers: [{ name: 'nginx', image: 'nginx:1', runtime: 'containerd', runs: [{ restart: 0, id: 'a' }] }],
}

const known: SavedFacts = {
  pods: [
    { facts: pod, goneAtMs: undefined },
    { facts: { ...pod, uid: 'u2' }, goneAtMs: 17 },
  ],
  namespaces: { shop: { team: 'blue' } },
  nodeLabels: { zone: 'a' },
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

test('what is saved is loaded, and nothing else is left in the folder', (t) => {
  const path = pathIn(t)
  saveFacts(realFilesystem, path, 'node-1', NOTHING_SAVED)
  saveFacts(realFilesystem, path, 'node-1', known)
  assert.deepEqual(plain(loadFacts(realFilesystem, path, 'node-1')), plain(known))
  assert.deepEqual(readdirSync(join(path, '..')), ['pods.json'])
})

test('a state folder that came from another node is not believed', (t) => {
  const path = pathIn(t)
  saveFacts(realFilesystem, path, 'node-1', known)
  assert.deepEqual(loadFacts(realFilesystem, path, 'node-2'), NOTHING_SAVED)
})

test('no file is no error', (t) => assert.deepEqual(loadFacts(realFilesystem, pathIn(t), 'node-1'), NOTHING_SAVED))

test('a damaged file, a newer version and a link are errors with a reason', (t) => {
  const path = pathIn(t)
  writeFileSync(path, '{"version":1,"node":"node-1","po')
  assert.throws(() => loadFacts(realFilesystem, path, 'node-1'), SyntaxError)
  writeFileSync(path, '{"version":2}')
  assert.throws(() => loadFacts(realFilesystem, path, 'node-1'), /version 2, this agent knows 1/)
  rmSync(path)
  symlinkSync('/etc/passwd', path)
  assert.throws(() => loadFacts(realFilesystem, path, 'node-1'), /a link, not a file/)
})

test('of a half-right file the right half is taken', (t) => {
  const path = pathIn(t)
  const pods = [{ facts: pod }, { facts: { ...pod, labels: { app: 1 } } }, { facts: { uid: 'u' } }, null, 3]
  writeFileSync(
    path,
    JSON.stringify({ version: 1, node: 'node-1', pods, namespaces: { shop: { a: 'b' }, x: 3 }, nodeLabels: [7] }),
  )
  assert.deepEqual(plain(loadFacts(realFilesystem, path, 'node-1')), {
    pods: [{ facts: plain(pod) }],
    namespaces: { shop: { a: 'b' } },
    nodeLabels: {},
  })
})

const origin = {
  kind: 'container',
  namespace: 'shop',
  pod: 'web-0',
  container: 'nginx',
  podUid: 'u1',
  restart: 0,
  containerId: undefined,
} as const

test('any JSON in the file is loaded or refused, and what is loaded makes documents', (t) => {
  const path = pathIn(t)
  const member = fc.constantFrom(...(Object.keys(pod) as (keyof PodFacts)[]))
  fc.assert(
    fc.property(member, fc.jsonValue(), (key, value) => {
      writeFileSync(
        path,
        JSON.stringify({
          version: 1,
          node: 'node-1',
          pods: [{ facts: { ...pod, [key]: value } }, value],
          namespaces: value,
        }),
      )
      for (const { facts } of loadFacts(realFilesystem, path, 'node-1').pods) {
        podDocument(facts, origin, { namespaceLabels: {}, nodeLabels: {} })
      }
    }),
    { numRuns: 300 },
  )
})

test('whatever happens to the file, it is loaded or refused with a reason, and what is loaded makes documents', (t) => {
  const path = pathIn(t)
  saveFacts(realFilesystem, path, 'node-1', known)
  const whole = readFileSync(path)
  const loaded = (bytes: Buffer): SavedFacts | Error => {
    writeFileSync(path, bytes)
    try {
      return loadFacts(realFilesystem, path, 'node-1')
    } catch (error) {
      return error as Error
    }
  }
  const property = fc.property(damage, (what) => {
    const found = loaded(damaged(whole, what))
    if (found instanceof Error) return assert.notEqual(found.message, '')
    for (const { facts } of found.pods) podDocument(facts, origin, { namespaceLabels: {}, nodeLabels: {} })
  })
  fc.assert(property, { numRuns: 500 })
})

test('a crash or a full disk in the middle of saving leaves the old file whole', (t) => {
  const calls = ['open', 'write', 'fsync', 'close', 'rename'] as const
  for (const failing of calls) {
    const path = pathIn(t)
    saveFacts(realFilesystem, path, 'node-1', known)
    const before = readFileSync(path)
    const broken: Filesystem = {
      ...realFilesystem,
      [failing]: () => {
        throw new Error('ENOSPC')
      },
    }
    assert.throws(() => saveFacts(broken, path, 'node-1', { ...known, pods: [] }), /ENOSPC/)
    assert.deepEqual(readFileSync(path), before, failing)
    saveFacts(realFilesystem, path, 'node-1', NOTHING_SAVED)
    assert.deepEqual(loadFacts(realFilesystem, path, 'node-1'), NOTHING_SAVED)
  }
})

test('the file is bounded: pods that are there before those that are gone', (t) => {
  const path = pathIn(t)
  const wide = { ...pod, labels: { text: 'x'.repeat(1 << 20) } }
  saveFacts(realFilesystem, path, 'node-1', {
    ...known,
    pods: Array.from({ length: 20 }, () => ({ facts: wide, goneAtMs: undefined })),
  })
  assert.equal(loadFacts(realFilesystem, path, 'node-1').pods.length, 7)
})
