import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import test, { type TestContext } from 'node:test'
import { describeHolder, type Holder } from '../../../agent/state/holder.ts'
import { type Lock, trySqliteLock, withSqliteLock } from '../../../agent/state/lock.ts'
import { lookIntoStateFolder, openStateFolder, type StateFolderDeps } from '../../../agent/state/state-folder.ts'
import { realClock } from '../../../lib/io/clock.ts'
import { realFilesystem } from '../../../lib/io/filesystem.ts'
import { Crashed, createCrashFilesystem } from '../../support/crash-filesystem.ts'
import { createModelClock } from '../../support/model-clock.ts'
import { recordEvents } from '../../support/record-events.ts'

const self = { pid: 7, host: 'node-1', pod: 'picket-abc' }
const never = new AbortController().signal
const free = (): Lock => ({ release: () => {} })

const modelDeps = (filesystem = createCrashFilesystem()) => {
  const clock = createModelClock(0)
  const recorded = recordEvents()
  const waits: [string, number][] = []
  const deps: StateFolderDeps = {
    filesystem,
    clock,
    events: recorded.events,
    onWaiting: (holder, waitedMs) => waits.push([describeHolder(holder), waitedMs]),
    tryLock: free,
    networkKind: () => undefined,
  }
  return { deps, clock, filesystem, recorded, waits }
}

const temporary = (t: TestContext): string => {
  const path = fs.mkdtempSync(`${tmpdir()}/picket-state-`)
  t.after(() => fs.rmSync(path, { recursive: true, force: true }))
  return path
}

const realDeps = (): StateFolderDeps => ({
  filesystem: realFilesystem,
  clock: realClock,
  events: recordEvents().events,
  onWaiting: () => {},
})

test('a new folder is private, has its version and says who holds it', async (t) => {
  const path = `${temporary(t)}/deep/state`
  const folder = await openStateFolder({ path, self }, realDeps(), never)
  assert.equal(fs.statSync(path).mode & 0o777, 0o700)
  assert.equal(fs.readFileSync(`${path}/format`, 'utf8'), 'picket-state 1 e1035ede\n')
  const { since, ...holder } = JSON.parse(fs.readFileSync(`${path}/holder`, 'utf8'))
  assert.deepEqual(holder, self)
  assert.ok(Math.abs(Date.parse(since) - Date.now()) < 60_000)
  assert.deepEqual(fs.readdirSync(path).sort(), ['format', 'holder', 'lock'])
  folder.close()
})

test('an agent that was killed on a full disk starts again on it: only its name cannot be written', async (t) => {
  const path = temporary(t)
  const first = await openStateFolder({ path, self }, realDeps(), never)
  first.close()
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
  const filesystem = {
    ...realFilesystem,
    write: () => {
      throw full
    },
  }
  const second = await openStateFolder({ path, self }, { ...realDeps(), filesystem }, never)
  assert.deepEqual(fs.readdirSync(path).sort(), ['format', 'lock'])
  second.close()
})

test('a second agent waits, is told who has the folder, and gets it when that one closes', async (t) => {
  const path = temporary(t)
  const first = await openStateFolder({ path, self }, realDeps(), never)
  const waits: (Holder | undefined)[] = []
  const told = Promise.withResolvers<void>()
  const onWaiting = (holder: Holder | undefined): void => {
    waits.push(holder)
    told.resolve()
  }
  const deps = { ...realDeps(), onWaiting }
  const second = openStateFolder({ path, self: { ...self, pid: 8 } }, deps, never)
  await told.promise
  assert.deepEqual(
    waits.map((holder) => holder?.pid),
    [7],
  )
  first.close()
  const folder = await second
  assert.equal(JSON.parse(fs.readFileSync(`${path}/holder`, 'utf8')).pid, 8)
  folder.close()
})

test('the lock holds against another process, and goes with it when it is killed', async (t) => {
  const path = `${temporary(t)}/lock`
  const module = new URL('../../../agent/state/lock.ts', import.meta.url).href
  const program = `const { trySqliteLock } = await import('${module}'); const lock = trySqliteLock(process.argv[1]); console.log('held'); setInterval(() => lock, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  assert.equal(trySqliteLock(path), undefined)
  child.kill('SIGKILL')
  await once(child, 'exit')
  const lock = trySqliteLock(path)
  assert.ok(lock)
  lock.release()
})

test('the wait is told at once and every five seconds, and ends with the signal', async () => {
  const { deps, clock, waits } = modelDeps()
  const stop = new AbortController()
  const opened = openStateFolder({ path: '/state', self }, { ...deps, tryLock: () => undefined }, stop.signal)
  const refused = assert.rejects(opened, {
    name: 'StateError',
    message: 'stopped while another agent holds state_dir /state',
  })
  for (let i = 0; i < 11; i++) await clock.advance(1000)
  assert.deepEqual(waits, [
    ['another agent', 0],
    ['another agent', 5000],
    ['another agent', 10_000],
  ])
  stop.abort()
  await refused
})

test('a folder of a newer version is refused, before and after the wait, and nothing in it is touched', async () => {
  const { deps, filesystem } = modelDeps()
  filesystem.mkdir('/state')
  filesystem.plant('/state/format', Buffer.from('picket-state 2 780a0f64\n'))
  const message =
    'state_dir /state was written by a newer Picket (state version 2; this one knows 1). ' +
    'Nothing in it was touched. Run the newer version, or give this one another state_dir.'
  await assert.rejects(openStateFolder({ path: '/state', self }, deps, never), { name: 'StateError', message })
  assert.throws(() => lookIntoStateFolder('/state', filesystem), { name: 'StateError', message })
  filesystem.unlink('/state/format')
  let released = 0
  const upgradedMeanwhile = (): Lock => {
    filesystem.plant('/state/format', Buffer.from('picket-state 2 780a0f64\n'))
    return { release: () => released++ }
  }
  await assert.rejects(openStateFolder({ path: '/state', self }, { ...deps, tryLock: upgradedMeanwhile }, never), {
    message,
  })
  assert.equal(released, 1)
  assert.deepEqual(filesystem.readdir('/state'), ['format'])
})

test('an unreadable version does not prevent a start', async () => {
  const { deps, filesystem, recorded } = modelDeps()
  filesystem.mkdir('/state')
  filesystem.plant('/state/format', Buffer.from([0, 0, 0]))
  await openStateFolder({ path: '/state', self }, deps, never)
  assert.deepEqual(recorded.of('stateDamaged'), [['/state/format', 'unreadable; taken for version 1']])
  assert.equal(filesystem.bytesOf('/state/format')?.toString(), 'picket-state 1 e1035ede\n')
})

const FULL = 'the disk is full, or has no inodes left; make room, or point state_dir at another disk (ENOSPC)'
const refusals: [string, string, string, string][] = [
  [
    'a read-only disk',
    'mkdir',
    'EROFS',
    'the file system is mounted read-only; point state_dir at one that is writable (in Kubernetes a hostPath) (EROFS)',
  ],
  [
    'no place for a folder',
    'mkdir',
    'ENOENT',
    'no folder can be made there; name another place, or mount the disk that is to hold it (in Kubernetes a hostPath) (ENOENT)',
  ],
  ['no permission', 'open', 'EACCES', 'no permission; let the user that Picket runs as own it (EACCES)'],
  ['no permission to make it', 'mkdir', 'EPERM', 'no permission; let the user that Picket runs as own it (EPERM)'],
  ['a full disk', 'write', 'ENOSPC', FULL],
  ['a full disk at the sync', 'fsync', 'ENOSPC', FULL],
  ['a quota', 'write', 'EDQUOT', 'the quota of the disk is used up; raise it, or make room (EDQUOT)'],
  [
    'a file in the way',
    'mkdir',
    'ENOTDIR',
    'a part of the path is a file; move it away, or name another folder (ENOTDIR)',
  ],
  [
    'a dangling link in the way',
    'mkdir',
    'EEXIST',
    'a part of the path is a file, or a link that leads nowhere; move it away, or name another folder (EEXIST)',
  ],
  [
    'a link in the place of a file',
    'open',
    'ELOOP',
    'a part of the path is a link that leads to itself, or one that Picket does not follow; name the folder itself (ELOOP)',
  ],
  [
    'a failing disk',
    'fsync',
    'EIO',
    'the disk fails (input/output error); look at the log of the kernel, and point state_dir at another disk (EIO)',
  ],
  [
    'no descriptors',
    'open',
    'EMFILE',
    'no more files can be opened; raise the limit of open files (ulimit -n) (EMFILE)',
  ],
]
for (const [name, failing, code, text] of refusals) {
  test(`the message says what is wrong: ${name}`, async () => {
    const { deps, filesystem } = modelDeps()
    filesystem.fail((call) => (call === failing ? code : undefined))
    const message = `state_dir /state cannot be used: ${text}`
    await assert.rejects(openStateFolder({ path: '/state', self }, deps, never), { name: 'StateError', message })
  })
}

test('the message says what is wrong: a real file in the way, a real dangling link, and a place where nobody can make a folder', async (t) => {
  const path = temporary(t)
  fs.writeFileSync(`${path}/file`, '')
  fs.symlinkSync(`${path}/nowhere`, `${path}/link`)
  const codes = await Promise.all(
    [`${path}/file`, `${path}/file/state`, `${path}/link`, `${path}/${'x'.repeat(300)}`, '/proc/picket'].map((root) =>
      openStateFolder({ path: root, self }, realDeps(), never).catch((error: Error) => error.message),
    ),
  )
  assert.deepEqual(codes, [
    `state_dir ${path}/file cannot be used: a part of the path is a file, or a link that leads nowhere; move it away, or name another folder (EEXIST)`,
    `state_dir ${path}/file/state cannot be used: a part of the path is a file, or a link that leads nowhere; move it away, or name another folder (EEXIST)`,
    `state_dir ${path}/link cannot be used: a part of the path is a file, or a link that leads nowhere; move it away, or name another folder (EEXIST)`,
    `state_dir ${path}/${'x'.repeat(300)} cannot be used: the path is too long; name a shorter one (ENAMETOOLONG)`,
    'state_dir /proc/picket cannot be used: no folder can be made there; name another place, or mount the disk that is to hold it (in Kubernetes a hostPath) (ENOENT)',
  ])
})

test('the message says what is wrong: the lock cannot be made', async (t) => {
  const path = temporary(t)
  fs.mkdirSync(`${path}/lock`)
  const reason = 'no file can be made in it; is it mounted read-only, or does another user own it?'
  await assert.rejects(openStateFolder({ path, self }, realDeps(), never), {
    name: 'StateError',
    message: `state_dir ${path} cannot be used: ${reason} (ERR_SQLITE_ERROR)`,
  })
})

test('a folder on NFS is refused', async () => {
  const { deps } = modelDeps()
  const opened = openStateFolder({ path: '/state', self }, { ...deps, networkKind: () => 'NFS' }, never)
  await assert.rejects(opened, { name: 'StateError', message: /^state_dir \/state lies on NFS: .* hostPath/ })
})

test('commands that read need a folder that an agent has used', () => {
  assert.throws(() => lookIntoStateFolder('/state', createCrashFilesystem()), {
    name: 'StateError',
    message: 'there is no Picket state in /state: has an agent run with this state_dir?',
  })
})

test('a crash after any call of the first start leaves a folder that the next start can use', async () => {
  for (let calls = 1; ; calls++) {
    const filesystem = createCrashFilesystem()
    filesystem.crashAfter(calls)
    const first = await openStateFolder({ path: '/var/lib/picket', self }, modelDeps(filesystem).deps, never).catch(
      (error: Error) => error.cause,
    )
    if (!filesystem.crashed) break
    assert.ok(first instanceof Crashed)
    for (let seed = 0; seed < 8; seed++) {
      const next = filesystem.restarted(() => ((seed * 7919 + calls * 104729) % 97) / 97)
      const { deps, recorded } = modelDeps(next)
      await openStateFolder({ path: '/var/lib/picket', self }, deps, never)
      assert.deepEqual(recorded.log, [])
      assert.equal(next.bytesOf('/var/lib/picket/format')?.toString(), 'picket-state 1 e1035ede\n')
    }
  }
})

test('work under a lock waits for who has it, not for ever, and leaves it behind also where it fails', (t) => {
  const folder = fs.mkdtempSync(`${tmpdir()}/picket-lock-`)
  t.after(() => fs.rmSync(folder, { recursive: true }))
  const path = `${folder}/lock`
  const other = trySqliteLock(path)
  assert.throws(() => withSqliteLock(path, 20, () => assert.fail('not ours')), {
    message: `another process has held ${path} for more than 20 ms`,
  })
  other?.release()
  assert.throws(
    () =>
      withSqliteLock(path, 20, () => {
        throw new Error('of the work')
      }),
    { message: 'of the work' },
  )
  assert.equal(
    withSqliteLock(path, 20, () => 'done'),
    'done',
  )
})
