import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import test from 'node:test'
import zlib from 'node:zlib'
import { createContainersDiscovery } from '../../../agent/source/discover-containers.ts'
import { realClock } from '../../../lib/io/clock.ts'
import { realFilesystem } from '../../../lib/io/filesystem.ts'
import {
  containerId,
  containersSource,
  createBench,
  createEventLog,
  cri,
  makeContainer,
  startBench,
  temporaryFolder,
  uid,
  until,
} from './support/bench.ts'

test('a container that came and went between two looks is read from its pod folder', (t) => {
  const folder = temporaryFolder(t)
  makeContainer(folder, 'other')
  const bench = startBench(t, folder, [containersSource(folder)])
  const { log, link } = makeContainer(folder, 'short-lived')
  const line = cri('gone already')
  fs.appendFileSync(log, line)
  fs.unlinkSync(link)
  bench.rounds(11)
  assert.deepEqual(bench.lane.read, [line])
  assert.equal(bench.lane.files[0]!.path, log)
})

test('whose the logs are is told while they are there, and of containers that are gone nothing is kept', (t) => {
  const folder = temporaryFolder(t)
  makeContainer(folder, 'stays')
  const bench = startBench(t, folder, [containersSource(folder)])
  const pods = (): string[] =>
    Array.from(bench.tailer.origins(), (origin) => (origin.kind === 'container' ? origin.pod : ''))
  for (const name of ['a', 'b', 'c']) {
    const { log, link } = makeContainer(folder, name)
    fs.appendFileSync(log, cri('a short life'))
    bench.rounds(11)
    assert.deepEqual(pods(), ['stays', name])
    fs.unlinkSync(link)
    fs.rmSync(path.dirname(log), { recursive: true })
    bench.rounds(60)
    assert.deepEqual(pods(), ['stays'])
  }
})

test('a container whose link came and went before anybody looked is looked for at the next look, not at the next listing', async (t) => {
  const folder = temporaryFolder(t)
  makeContainer(folder, 'other')
  const bench = startBench(t, folder, [containersSource(folder)])
  // The notifications of one process come in order: what this watch was told, the tailer's was told as well.
  const told = new Promise<void>((resolve) => {
    const watcher = fs.watch(path.join(folder, 'containers'), (_, name) => {
      if (name?.startsWith('last')) resolve()
    })
    t.after(() => watcher.close())
  })
  const { log, link } = makeContainer(folder, 'short-lived')
  const line = cri('gone already')
  fs.appendFileSync(log, line)
  fs.unlinkSync(link)
  fs.writeFileSync(path.join(folder, 'containers', 'last'), '')
  await told
  bench.rounds(3)
  assert.deepEqual(bench.lane.read, [line])
})

test('a link that is told of and gone was missed; one that was listed before, of no container or left out was not', (t) => {
  const folder = temporaryFolder(t)
  const { link } = makeContainer(folder, 'known')
  const source = containersSource(folder, { exclude: { namespaces: ['quiet'] } })
  const discovery = createContainersDiscovery(source, realFilesystem, createEventLog().events)
  assert.equal([...discovery.scan()].length, 1)
  const missed = (...names: string[]): boolean => discovery.glance(names).missed
  fs.unlinkSync(link)
  assert.equal(missed(), false)
  // Its going is told after the listing that lacks it.
  assert.equal(missed(path.basename(link)), false)
  assert.equal(missed('not-a-container.log'), false)
  assert.equal(missed(`job_quiet_app-${containerId}.log`), false)
  assert.equal(missed(`job_shop_app-${containerId}.log`), true)
})

test('a container that writes line by line from nothing is one file', (t) => {
  const folder = temporaryFolder(t)
  const { log } = makeContainer(folder)
  const bench = startBench(t, folder, [containersSource(folder)])
  const lines = ['a', 'b', 'c', 'd'].map(cri)
  for (const line of lines) {
    fs.appendFileSync(log, line)
    bench.round()
  }
  assert.deepEqual(bench.lane.read, [lines.join('')])
})

test('every restart of a container is read; an earlier one ends after its grace', (t) => {
  const folder = temporaryFolder(t)
  const { log, dir } = makeContainer(folder)
  const lines = ['first life', 'second life'].map(cri)
  fs.appendFileSync(log, lines[0]!)
  const bench = startBench(t, folder, [containersSource(folder)])
  fs.writeFileSync(path.join(dir, '1.log'), lines[1]!)
  bench.rounds(17)
  assert.deepEqual(bench.lane.read, lines)
  assert.deepEqual(
    bench.lane.files.map((file) => [file.origin.kind === 'container' && file.origin.restart, file.state]),
    [
      [0, 'final'],
      [1, 'growing'],
    ],
  )
})

test('several rotations between two looks: each generation is read, in order', (t) => {
  const folder = temporaryFolder(t)
  const { log } = makeContainer(folder)
  const lines = ['a', 'b', 'c', 'd'].map(cri)
  fs.appendFileSync(log, lines[0]!)
  const bench = startBench(t, folder, [containersSource(folder)])
  for (const [i, stamp] of ['060708', '060709', '060710'].entries()) {
    fs.renameSync(log, `${log}.20261121-${stamp}.123`)
    fs.writeFileSync(log, lines[i + 1]!)
  }
  bench.rounds(3)
  assert.deepEqual(bench.lane.read, lines)
})

const rotatedFolder = (folder: string): { lines: string[]; log: string } => {
  const { log } = makeContainer(folder)
  const lines = ['oldest', 'older', 'old', 'live'].map(cri)
  fs.writeFileSync(`${log}.20261121-060708.gz`, zlib.gzipSync(lines[0]!))
  fs.writeFileSync(`${log}.20261121-060709.gz`, zlib.gzipSync(lines[1]!))
  fs.writeFileSync(`${log}.20261121-060710`, lines[2]!)
  fs.writeFileSync(`${log}.20261121-060711.tmp`, 'half an archive')
  fs.writeFileSync(log, lines[3]!)
  return { lines, log }
}

test('rotated files from before the start are read first, compressed ones too, and once', async (t) => {
  const folder = temporaryFolder(t)
  const { lines } = rotatedFolder(folder)
  const first = createBench(folder, [containersSource(folder)])
  first.tailer.start()
  await until(() => {
    first.round(100)
    return first.lane.files.length === 4
  })
  first.rounds(2)
  assert.deepEqual(first.lane.read, lines)
  assert.equal(first.tailer.stats().openHandles, 1)
  first.tailer.saveCheckpoint()
  await first.tailer.close()
  const second = startBench(t, folder, [containersSource(folder)])
  second.rounds(12)
  assert.deepEqual(second.lane.read, [''])
  assert.deepEqual(
    second.log.filter((line) => line.startsWith('bytesLost')),
    [],
  )
})

test('the identity is the same from 0.log, renamed, from its archive, and after the state was lost', async (t) => {
  const folder = temporaryFolder(t)
  const { log } = makeContainer(folder)
  const line = cri('one')
  fs.writeFileSync(log, line)
  const seen: string[] = []
  const look = async (): Promise<void> => {
    fs.rmSync(path.join(folder, 'state'), { recursive: true, force: true })
    const bench = createBench(folder, [containersSource(folder)])
    bench.tailer.start()
    await until(() => {
      bench.round(100)
      return bench.lane.files.length === 1
    })
    seen.push(bench.lane.files[0]!.fingerprint)
    await bench.tailer.close()
  }
  await look()
  fs.renameSync(log, `${log}.20261121-060708`)
  await look()
  fs.writeFileSync(`${log}.20261121-060708.gz`, zlib.gzipSync(line))
  await look()
  fs.unlinkSync(`${log}.20261121-060708`)
  await look()
  assert.deepEqual(seen, [seen[0], seen[0], seen[0], seen[0]])
})

test('kubelet compresses a file that is still being read: the handle stays good, nothing is read twice', async (t) => {
  const folder = temporaryFolder(t)
  const { log } = makeContainer(folder)
  const lines = ['one', 'two'].map(cri)
  fs.writeFileSync(log, lines[0]!)
  const bench = startBench(t, folder, [containersSource(folder)])
  bench.lane.reading = false
  fs.appendFileSync(log, lines[1]!)
  bench.round()
  fs.renameSync(log, `${log}.20261121-060708`)
  fs.writeFileSync(log, cri('next'))
  bench.rounds(2)
  fs.writeFileSync(`${log}.20261121-060708.gz`, zlib.gzipSync(lines.join('')))
  fs.unlinkSync(`${log}.20261121-060708`)
  bench.rounds(12)
  assert.equal(bench.lane.files[0]!.vanishing, true)
  bench.lane.reading = true
  bench.round()
  assert.equal(bench.lane.read[0], lines.join(''))
  assert.equal(bench.lane.files.length, 2)
})

test('an agent that comes back finds the rest of a half-read file in its archive', async (t) => {
  const folder = temporaryFolder(t)
  const { log } = makeContainer(folder)
  const lines = ['one', 'two', 'three'].map(cri)
  fs.writeFileSync(log, lines[0]!)
  const first = createBench(folder, [containersSource(folder)])
  first.tailer.start()
  first.lane.turn()
  first.tailer.saveCheckpoint()
  await first.tailer.close()
  fs.unlinkSync(log)
  fs.writeFileSync(`${log}.20261121-060708.gz`, zlib.gzipSync(lines[0]! + lines[1]!))
  fs.writeFileSync(log, lines[2]!)
  const second = startBench(t, folder, [containersSource(folder)])
  await until(() => {
    second.round(100)
    return second.lane.files.length === 2
  })
  assert.deepEqual(second.lane.read, [lines[1], lines[2]])
  assert.equal(second.lane.files[0]!.fingerprint, first.lane.files[0]!.fingerprint)
})

/** It waits for its turn, or for an output that hangs, and no look asks the disk for it; then it was forgotten as soon as it was read, and found anew. */
test('an archive that was long in reading is not read again: pieces of records came a second time without their beginning', async (t) => {
  const folder = temporaryFolder(t)
  const { log } = makeContainer(folder)
  fs.writeFileSync(`${log}.20261121-060708.gz`, zlib.gzipSync(cri('packed')))
  fs.writeFileSync(log, cri('live'))
  const bench = startBench(t, folder, [containersSource(folder)])
  bench.lane.reading = false
  await until(() => {
    bench.round(100)
    return bench.lane.files.length === 2
  })
  bench.rounds(60)
  bench.lane.reading = true
  bench.round()
  for (let i = 0; i < 20; i++) {
    bench.tailer.saveCheckpoint()
    bench.rounds(5)
    await new Promise(setImmediate)
  }
  assert.deepEqual(
    bench.log.filter((line) => line.startsWith('fileFound')),
    ['fileFound', 'fileFound'].map((name) => `${name} ${path.basename(bench.lane.files[0]!.path)} 0`),
  )
})

test('of a damaged archive what can be inflated is read, and the rest is counted', async (t) => {
  const folder = temporaryFolder(t)
  const { log } = makeContainer(folder)
  const lines = Array.from({ length: 5000 }, (_, i) => cri(`line ${i} ${Math.sin(i)}`))
  const packed = zlib.gzipSync(lines.join(''))
  packed.fill(0xff, packed.length >> 1, (packed.length >> 1) + 2000)
  fs.writeFileSync(`${log}.20261121-060708.gz`, packed)
  const bench = startBench(t, folder, [containersSource(folder)])
  await until(() => {
    bench.round(100)
    return bench.lane.files.length === 1
  })
  const text = bench.lane.read[0]!
  assert.ok(text.length > 0 && lines.join('').startsWith(text.slice(0, 50_000)))
  const lost = bench.log.filter((line) => line.startsWith('bytesLost'))
  assert.deepEqual(lost.length, 1)
  assert.match(lost[0]!, /^bytesLost pods .* container \d+ unreadable$/)
})

test('regular files in the folder of links are read, with the names that they carry', (t) => {
  const folder = temporaryFolder(t)
  const dir = path.join(folder, 'containers')
  fs.mkdirSync(dir)
  const file = path.join(dir, `web.v2-1_shop_app-${containerId}.log`)
  const line = cri('one')
  fs.writeFileSync(file, line)
  const bench = startBench(t, folder, [containersSource(folder, { allowedRoots: [dir] })])
  assert.deepEqual(bench.lane.read, [line])
  assert.deepEqual(bench.lane.files[0]!.origin, {
    kind: 'container',
    namespace: 'shop',
    pod: 'web.v2-1',
    container: 'app',
    podUid: undefined,
    restart: undefined,
    containerId,
  })
})

test("docker's chain of links is followed to its own folder, where that is allowed", (t) => {
  const folder = temporaryFolder(t)
  const { log } = makeContainer(folder)
  const docker = path.join(folder, 'docker', containerId)
  fs.mkdirSync(docker, { recursive: true })
  const target = path.join(docker, `${containerId}-json.log`)
  const line = '{"log":"hello\\n","stream":"stdout","time":"2026-11-21T06:00:00.1Z"}\n'
  fs.writeFileSync(target, line)
  fs.rmSync(log)
  fs.symlinkSync(target, log)
  const refusing = startBench(t, folder, [containersSource(folder)])
  assert.deepEqual(refusing.lane.files, [])
  assert.match(refusing.log.join('\n'), /fileRefused pods .*0\.log it leads to .*-json\.log, which is below none of/)
  const roots = [path.join(folder, 'pods'), path.join(folder, 'docker')]
  const bench = startBench(t, folder, [containersSource(folder, { allowedRoots: roots })])
  assert.deepEqual(bench.lane.read, [line])
  assert.equal(bench.lane.files[0]!.format, 'docker')
  fs.renameSync(target, `${target}.1`)
  const next = line.replace('hello', 'world')
  fs.writeFileSync(target, next)
  bench.rounds(3)
  assert.deepEqual(bench.lane.read, [line, next])
})

test('hostile names and links are refused with a reason, and block nobody', (t) => {
  const folder = temporaryFolder(t)
  const { log } = makeContainer(folder)
  const line = cri('good')
  fs.writeFileSync(log, line)
  const secret = path.join(folder, 'shadow')
  fs.writeFileSync(secret, cri('secret'))
  const podsFolder = (pod: string): string => {
    const dir = path.join(folder, 'pods', `evil_${pod}_${uid}`, 'c')
    fs.mkdirSync(dir, { recursive: true })
    return dir
  }
  fs.symlinkSync(secret, path.join(podsFolder('link'), '0.log'))
  fs.linkSync(secret, path.join(podsFolder('hard'), '0.log'))
  fs.mkdirSync(path.join(podsFolder('directory'), '0.log'))
  const fifo = path.join(podsFolder('fifo'), '0.log')
  assert.equal(mkfifo(fifo), 0)
  fs.symlinkSync(path.dirname(secret), path.join(folder, 'pods', `evil_folder_${uid}`))
  fs.symlinkSync(secret, path.join(folder, 'containers', `a_b_c-${containerId}.log`))
  const loop = path.join(folder, 'containers', `loop_b_c-${containerId}.log`)
  fs.symlinkSync(loop, loop)
  const bench = startBench(t, folder, [containersSource(folder)])
  bench.rounds(25)
  assert.deepEqual(bench.lane.read, [line])
  assert.deepEqual(
    bench.log.filter((entry) => entry.startsWith('discoveryFailed')),
    [],
  )
  const refused = bench.log
    .filter((entry) => entry.startsWith('fileRefused'))
    .map((entry) => entry.replaceAll(folder, ''))
  assert.deepEqual(refused.sort(), [
    `fileRefused pods /containers/a_b_c-${containerId}.log it leads to /shadow, which is below none of: /pods`,
    `fileRefused pods /containers/loop_b_c-${containerId}.log it cannot be followed (ELOOP)`,
    `fileRefused pods /pods/evil_directory_${uid}/c/0.log it is a directory`,
    `fileRefused pods /pods/evil_fifo_${uid}/c/0.log it is a fifo, socket or device`,
    `fileRefused pods /pods/evil_hard_${uid}/c/0.log it has 2 hard links, and a container's log has one`,
    `fileRefused pods /pods/evil_link_${uid}/c/0.log it leads to /shadow, which is below none of: /pods`,
  ])
})

const mkfifo = (file: string): number => spawnSync('mkfifo', [file]).status ?? -1

test('containers are chosen by name, and the agent does not read itself', (t) => {
  const folder = temporaryFolder(t)
  const lines = new Map<string, string>()
  for (const [pod, container, namespace] of [
    ['web-1', 'app', 'shop'],
    ['web-1', 'proxy', 'shop'],
    ['batch-1', 'app', 'jobs'],
    ['picket-x', 'agent', 'shop'],
  ] as const) {
    const line = cri(pod)
    fs.writeFileSync(makeContainer(folder, pod, container, namespace).log, line)
    lines.set(`${pod}/${container}`, line)
  }
  const excludeSelf = { namespace: 'shop', pod: 'picket-x', container: 'agent' }
  const choice = { include: { namespaces: ['sh*'] }, exclude: { containers: ['proxy'] }, excludeSelf }
  const bench = startBench(t, folder, [containersSource(folder, choice)])
  bench.rounds(11)
  assert.deepEqual(bench.lane.read, [lines.get('web-1/app')])
})

test('files that no lane wants are not opened', (t) => {
  const folder = temporaryFolder(t)
  fs.writeFileSync(makeContainer(folder).log, cri('one'))
  const bench = startBench(t, folder, [containersSource(folder)], {}, undefined, () => false)
  bench.rounds(3)
  assert.deepEqual([bench.lane.files, bench.tailer.stats().openHandles], [[], 0])
})

test('a new name in the folder of links wakes the tailer long before the next rescan', async (t) => {
  const folder = temporaryFolder(t)
  makeContainer(folder, 'first')
  const { tailer, lane } = createBench(
    folder,
    [containersSource(folder)],
    { rescanMs: 3_600_000, pollMs: 20 },
    undefined,
    undefined,
    realClock,
  )
  const stop = new AbortController()
  t.after(() => tailer.close())
  tailer.start()
  const running = tailer.run(stop.signal)
  fs.writeFileSync(makeContainer(folder, 'second').log, cri('hello'))
  await until(() => lane.files.length === 1)
  stop.abort()
  await running
})

test('a container that fills ten files a second, of which five are kept, is read whole', async (t) => {
  const folder = temporaryFolder(t)
  const { log, dir } = makeContainer(folder)
  const { tailer, lane, clock } = createBench(folder, [containersSource(folder)], { pollMs: 1000 })
  const stop = new AbortController()
  t.after(() => tailer.close())
  tailer.start()
  const running = tailer.run(stop.signal)
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms)
    for (let i = 0; i < 4; i++) await new Promise((resolve) => setImmediate(resolve))
    lane.turn()
  }
  const written: string[] = []
  const write = (text: string): void => {
    written.push(cri(text))
    fs.appendFileSync(log, written.at(-1) as string)
  }
  write('first')
  await pass(1000)
  write('x'.repeat(5 * 1024 * 1024))
  await pass(1000)
  for (let tenth = 0; tenth < 80; tenth++) {
    const name = `0.log.20261121-0600${String(tenth).padStart(2, '0')}`
    fs.renameSync(log, path.join(dir, name))
    write(`file ${tenth}`)
    fs.rmSync(path.join(dir, `0.log.20261121-0600${String(tenth - 4).padStart(2, '0')}`), { force: true })
    await pass(100)
  }
  for (let i = 0; i < 20; i++) await pass(1000)
  stop.abort()
  await running
  assert.ok(lane.read.join('') === written.join(''), `${lane.files.length} files of 81 were seen`)
})

test('containers that come and go leave nothing behind', (t) => {
  const folder = temporaryFolder(t)
  const bench = startBench(t, folder, [containersSource(folder)])
  const sizes: number[][] = []
  for (let n = 0; n < 60; n++) {
    const { log, link } = makeContainer(folder, `job-${n}`)
    fs.appendFileSync(log, cri('short'))
    bench.rounds(11)
    fs.unlinkSync(link)
    fs.rmSync(path.join(log, '../..'), { recursive: true })
    bench.rounds(10)
    bench.tailer.saveCheckpoint()
    const { files, openHandles, entries } = bench.tailer.stats()
    sizes.push([files.length, openHandles, entries])
  }
  assert.equal(bench.lane.files.length, 60)
  assert.ok(
    sizes.every(([files, handles, entries]) => files! <= 2 && handles! <= 2 && entries! <= 6),
    JSON.stringify(sizes.at(-1)),
  )
})
