import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import test from 'node:test'
import { openStore } from '../../../../agent/store/read-store.ts'

const everything = { sql: '1', parameters: [], texts: [], fields: [] }

/** The offsets in the store, in order of arrival. */
const offsets = (file: string): number[] => {
  const opened = openStore(file)
  assert.ok(opened.kind === 'store', JSON.stringify(opened))
  const found = opened.reader.find(everything, {
    sinceMs: undefined,
    untilMs: undefined,
    afterRow: undefined,
    order: 'arrival',
    limit: 1e9,
  })
  opened.reader.close()
  return found.map(({ id }) => Number(id?.split('-')[1]))
}

test('whatever had its verdict is there after a SIGKILL, once, and the store goes on', async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'picket-crash-'))
  t.after(() => fs.rmSync(folder, { recursive: true }))
  const file = path.join(folder, 'store.db')
  let verdicts = 0
  for (let round = 0; round < 5; round++) {
    // Begins two bodies back, as after a crash: those come twice.
    const from = String(Math.max(0, verdicts - 400))
    const writer = spawn(process.execPath, [path.join(import.meta.dirname, 'writer-process.ts'), file, from])
    let said = ''
    writer.stdout.on('data', (chunk) => {
      said += chunk
      if (said.split('\n').length > 12 + round * 3) writer.kill('SIGKILL')
    })
    writer.stderr.pipe(process.stderr)
    await once(writer, 'close')
    assert.doesNotMatch(said, /damaged/)
    verdicts = Number(said.slice(0, said.lastIndexOf('\n')).split('\n').at(-1))
    const stored = offsets(file)
    assert.ok(stored.length >= verdicts, `${verdicts} documents had a verdict, ${stored.length} are there`)
    assert.deepEqual(
      stored,
      Array.from({ length: stored.length }, (_, index) => index),
    )
  }
  const database = new DatabaseSync(file)
  assert.equal(database.prepare('PRAGMA integrity_check').get()?.integrity_check, 'ok')
  database.close()
})
