import assert from 'node:assert/strict'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { createContainer } from './container.ts'
import type { FileNote } from './messages.ts'
import { createRandom } from './random.ts'

test('no two files of a log are given one name, however long compressing takes: the second archive took the place of the first', (t) => {
  const root = fs.mkdtempSync(join(tmpdir(), 'picket-container-'))
  t.after(() => fs.rmSync(root, { recursive: true, force: true }))
  fs.mkdirSync(join(root, 'containers'))
  const clock = createRandom('clock')
  let nowMs = Date.UTC(2026, 10, 26)
  // Whatever a tick does takes time, now more and now less.
  t.mock.method(Date, 'now', () => {
    nowMs += clock.integer(1, 100)
    return nowMs
  })
  const notes: FileNote[] = []
  const container = createContainer(
    {
      namespace: 'shop',
      pod: 'web-1',
      uid: '11111111-2222-4333-8444-555555555555',
      container: 'app',
      linesPerSecond: 20,
      rotateBytes: 100,
      keep: 1_000,
      restartMs: undefined,
      lifeMs: undefined,
    },
    {
      root,
      random: createRandom('names'),
      fillings: ['filling'],
      note: (note) => notes.push(note),
      count: () => {},
      mayGo: () => false,
    },
  )
  for (let i = 0; i < 800; i++) container.tick(100)
  container.end()
  const names = notes.filter(({ what }) => what === 'renamed').map(({ file }) => file)
  assert.ok(names.length > 20)
  assert.deepEqual(names, [...new Set(names)])
})
