import assert from 'node:assert/strict'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import test from 'node:test'
import { openStateFolder, type StateFolderDeps } from '../../../agent/state/state-folder.ts'
import { realClock } from '../../../lib/io/clock.ts'
import { realFilesystem } from '../../../lib/io/filesystem.ts'
import { createCrashFilesystem } from '../../support/crash-filesystem.ts'
import { createModelClock } from '../../support/model-clock.ts'
import { type RecordedEvents, recordEvents } from '../../support/record-events.ts'

/** Files of the state folder's own, after a disk, a crash or a human was at them: the agent starts. */

const self = { pid: 7, host: 'node-1', pod: undefined }
const never = new AbortController().signal

const modelDeps = (filesystem = createCrashFilesystem()): StateFolderDeps & { readonly recorded: RecordedEvents } => {
  const recorded = recordEvents()
  return {
    filesystem,
    recorded,
    clock: createModelClock(0),
    events: recorded.events,
    onWaiting: () => {},
    tryLock: () => ({ release: () => {} }),
    networkKind: () => undefined,
  }
}

const opened = async (files: Readonly<Record<string, Uint8Array>> = {}) => {
  const filesystem = createCrashFilesystem()
  filesystem.mkdir('/state')
  for (const [name, bytes] of Object.entries(files)) filesystem.plant(`/state/${name}`, bytes)
  const deps = modelDeps(filesystem)
  await openStateFolder({ path: '/state', self }, deps, never)
  return { filesystem, recorded: deps.recorded }
}

test('one bit of the version flipped is damage and not a newer agent: it starts, says so and writes it anew', async () => {
  const whole = (await opened()).filesystem.bytesOf('/state/format')!
  for (let bit = 0; bit < whole.length * 8; bit++) {
    const format = Buffer.from(whole)
    format[bit >> 3]! ^= 1 << (bit & 7)
    const { filesystem, recorded } = await opened({ format })
    assert.deepEqual(recorded.of('stateDamaged'), [['/state/format', 'unreadable; taken for version 1']], `bit ${bit}`)
    assert.deepEqual(filesystem.bytesOf('/state/format'), whole)
  }
})

test('the version as the first agents wrote it is known', async () => {
  assert.deepEqual((await opened({ format: Buffer.from('picket-state 1\n') })).recorded.log, [])
})

test('whatever is in `holder`, nobody is kept from starting', async () => {
  for (const text of ['', '{', 'null', '[]', '{"pid":{}}', '\0'.repeat(5000)]) {
    const { filesystem } = await opened({ holder: Buffer.from(text) })
    assert.equal(JSON.parse(filesystem.bytesOf('/state/holder')!.toString()).pid, 7)
  }
})

test('a start on a full disk: an agent that knows its folder does not need to write into it', async () => {
  for (const code of ['ENOSPC', 'EDQUOT']) {
    for (const failing of ['write', 'fsync']) {
      const { filesystem } = await opened()
      filesystem.fail((call) => (call === failing ? code : undefined))
      await openStateFolder({ path: '/state', self: { ...self, pid: 8 } }, modelDeps(filesystem), never)
    }
  }
})

test('a lock that somebody wrote into is emptied, and holds', async (t) => {
  const path = fs.mkdtempSync(`${tmpdir()}/picket-state-`)
  t.after(() => fs.rmSync(path, { recursive: true }))
  fs.writeFileSync(`${path}/lock`, 'not a database, and long enough to be taken for the header of one '.repeat(100))
  const deps = { filesystem: realFilesystem, clock: realClock, events: recordEvents().events, onWaiting: () => {} }
  const first = await openStateFolder({ path, self }, deps, never)
  const stop = new AbortController()
  const waiting = { ...deps, onWaiting: () => stop.abort() }
  await assert.rejects(openStateFolder({ path, self }, waiting, stop.signal), { name: 'StateError' })
  first.close()
  assert.equal(fs.statSync(`${path}/lock`).size, 0)
})
