import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import test, { type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import zlib from 'node:zlib'
import type { SampleContainer } from '../../../agent/sample/pods.ts'
import { runSample, type SampleOptions } from '../../../agent/sample/workload.ts'
import type { Clock } from '../../../lib/io/clock.ts'

/** A clock that runs as fast as it is asked: every sleep moves it. `until`: when to stop. */
const fastClock = (untilMs: number, stop: AbortController): Clock => {
  let now = Date.parse('2026-11-21T06:00:00Z')
  const end = now + untilMs
  return {
    now: () => now,
    monotonic: () => now,
    sleep: async (ms) => {
      now += ms
      if (now >= end) stop.abort()
    },
    after: () => assert.fail('the sample workload only sleeps'),
  }
}

const folder = (t: TestContext): string => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'picket-sample-'))
  t.after(() => fs.rmSync(dir, { recursive: true }))
  return dir
}

const run = async (dir: string, ms: number, more: Partial<SampleOptions> = {}): Promise<void> => {
  const stop = new AbortController()
  await runSample({ dir, signal: stop.signal, clock: fastClock(ms, stop), ...more })
}

const filesBelow = (dir: string): string[] =>
  fs
    .readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((name) => fs.lstatSync(path.join(dir, name)).isFile())
    .sort()

const contentOf = (file: string): Buffer => {
  const bytes = fs.readFileSync(file)
  return file.endsWith('.gz') ? zlib.gunzipSync(bytes) : bytes
}

const cri = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z) (stdout|stderr) ([PF]) (.*)$/s

/** Every line of the folder, parsed; fails on one that is no CRI record. */
const recordsOf = (dir: string): { file: string; tag: string; stream: string; content: Buffer }[] =>
  filesBelow(path.join(dir, 'pods')).flatMap((file) => {
    const bytes = contentOf(path.join(dir, 'pods', file))
    assert.equal(bytes.at(-1), 10, `${file} ends with a whole line`)
    const lines = bytes.toString('latin1').slice(0, -1).split('\n')
    return lines.map((line) => {
      const parts = cri.exec(line)
      assert.ok(parts, `${file}: ${line.slice(0, 80)}`)
      return {
        file,
        stream: parts[2] as string,
        tag: parts[3] as string,
        content: Buffer.from(parts[4] as string, 'latin1'),
      }
    })
  })

test('the sample writes CRI files in the layout of a node', async (t) => {
  const dir = folder(t)
  await run(dir, 10_000)
  const pods = path.join(dir, 'pods')
  const containers = fs.readdirSync(path.join(dir, 'containers'))
  assert.equal(containers.length, 8)
  for (const name of containers) {
    const [, pod, namespace, container] = /^([^_]+)_([^_]+)_(.+)-[0-9a-f]{64}\.log$/.exec(name) ?? assert.fail(name)
    const target = path.relative(pods, fs.realpathSync(path.join(dir, 'containers', name))).split(path.sep)
    assert.match(target[0] ?? '', new RegExp(`^${namespace}_${pod}_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`))
    assert.deepEqual(target.slice(1), [container, '0.log'])
  }
  const records = recordsOf(dir)
  assert.ok(records.length > 150 && records.length < 900, `${records.length} records in ten seconds`)
})

test('within some minutes there is everything that an agent must cope with', async (t) => {
  const dir = folder(t)
  await run(dir, 600_000, { speed: 2 })
  const records = recordsOf(dir)
  const texts = records.map(({ content }) => content.toString())
  const having = (part: string | RegExp): number => texts.filter((text) => text.match(part)).length
  for (const part of ['timeout', /^Traceback/, /^\tat com\./, /^panic: /, /^\{"level"/])
    assert.ok(having(part) > 0, `${part}`)
  assert.ok(records.some(({ stream }) => stream === 'stderr'))
  const partial = records.filter(({ tag }) => tag === 'P')
  assert.ok(partial.length > 0 && partial.every(({ content }) => content.length === 16 * 1024))
  const names = filesBelow(path.join(dir, 'pods'))
  assert.ok(
    names.some((name) => /\/0\.log\.\d{8}-\d{6}$/.test(name)),
    'a rotated file',
  )
  assert.ok(
    names.some((name) => /\/0\.log\.\d{8}-\d{6}\.gz$/.test(name)),
    'a compressed one',
  )
  const perLog = Map.groupBy(names, (name) => name.replace(/\.log.*/, ''))
  for (const [log, files] of perLog) assert.ok(files.length <= 5, `${log}: ${files.length} files`)
})

const crashing: SampleContainer = {
  namespace: 'a',
  pod: 'b',
  container: 'c',
  rate: 10,
  message: () => ({ stream: 'stderr', lines: ['bye'], crash: true }),
}

test('a crashing container gets new files and links, and only its last two are kept, also over a restart', async (t) => {
  const dir = folder(t)
  const logs = (): string[] => filesBelow(path.join(dir, 'pods')).map((name) => path.basename(name))
  await run(dir, 30_000, { containers: [crashing] })
  assert.deepEqual(logs(), ['2.log', '3.log'])
  await run(dir, 20_000, { containers: [crashing] })
  assert.deepEqual(logs(), ['4.log', '5.log'])
  const links = fs.readdirSync(path.join(dir, 'containers')).map((name) => path.join(dir, 'containers', name))
  assert.deepEqual(links.map((link) => path.basename(fs.realpathSync(link))).sort(), ['4.log', '5.log'])
})

test('a second start goes on in the same files', async (t) => {
  const dir = folder(t)
  await run(dir, 5000)
  const before = filesBelow(dir)
  const first = recordsOf(dir).length
  const cart = path.join(dir, 'pods', before.find((name) => name.includes('cart-0'))?.slice('pods/'.length) ?? '')
  fs.appendFileSync(cart, '2026-11-21T06:00:00.000000000Z stdout F killed he')
  await run(dir, 5000)
  assert.deepEqual(filesBelow(dir), before)
  assert.ok(recordsOf(dir).length > first + 50)
})

test('the sample ends when its parent has gone', async (t) => {
  const dir = folder(t)
  let asked = 0
  const never = new AbortController()
  const clock = fastClock(1e9, never)
  await runSample({ dir, signal: never.signal, clock, parentAlive: () => ++asked < 3 })
  assert.equal(asked, 3)
})

const mainPath = path.join(import.meta.dirname, '../../../agent/sample/main.ts')

const until = async (condition: () => boolean): Promise<void> => {
  const deadline = performance.now() + 20_000
  while (!condition()) {
    assert.ok(performance.now() < deadline, 'timed out')
    await pause(10)
  }
}

test('as a process it ends on SIGTERM with exit code 0', async (t) => {
  const dir = folder(t)
  const child = spawn(process.execPath, [mainPath, '--dir', dir], { stdio: 'inherit' })
  await until(() => fs.existsSync(path.join(dir, 'pods')) && filesBelow(path.join(dir, 'pods')).length === 8)
  child.kill('SIGTERM')
  assert.deepEqual(await once(child, 'exit'), [0, null])
})

test('as a process it ends when the process that started it was killed', async (t) => {
  const dir = folder(t)
  const script = `const c = require('node:child_process').spawn(process.execPath, [${JSON.stringify(mainPath)}, '--dir', ${JSON.stringify(dir)}, '--parent', String(process.pid)], { stdio: 'ignore' }); console.log(c.pid)`
  const parent = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = await once(parent.stdout, 'data')
  const sample = Number(String(line))
  const alive = (): boolean => {
    try {
      return !/^State:\tZ/m.test(fs.readFileSync(`/proc/${sample}/status`, 'utf8'))
    } catch {
      return false
    }
  }
  t.after(() => alive() && process.kill(sample, 'SIGKILL'))
  await until(() => fs.existsSync(path.join(dir, 'pods')))
  assert.ok(alive())
  parent.kill('SIGKILL')
  await until(() => !alive())
})
