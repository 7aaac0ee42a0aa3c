import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import test from 'node:test'
import zlib from 'node:zlib'
import { createWatches } from '../../../agent/source/watches.ts'
import { realFilesystem } from '../../../lib/io/filesystem.ts'
import {
  type Bench,
  containerId,
  containersSource,
  createBench,
  cri,
  filesSource,
  makeContainer,
  startBench,
  temporaryFolder,
  until,
} from './support/bench.ts'

const of = (bench: Bench, ...names: string[]): string[] =>
  bench.log.filter((line) => names.some((name) => line.startsWith(`${name} `)))

const textsOf = ({ lane }: Bench): string[] => lane.read.filter((text) => text !== '')

const paths = (bench: Bench): string[] => of(bench, 'pathMissing', 'pathAppeared')

test('a machine without /var/log/containers is told of once, and of its coming', (t) => {
  const folder = temporaryFolder(t)
  const missing = path.join(folder, 'containers')
  const bench = startBench(t, folder, [containersSource(folder)])
  const told = [
    `pathMissing pods ${missing} there is no folder ${missing}; the kubelet makes /var/log/containers on a Kubernetes node, and fills it`,
  ]
  bench.rounds(50)
  assert.deepEqual(paths(bench), told)
  const { log } = makeContainer(folder)
  fs.writeFileSync(log, cri('hello'))
  bench.rounds(11)
  told.push(`pathAppeared pods ${missing}`)
  assert.deepEqual([paths(bench), bench.lane.files.length], [told, 1])
  fs.rmSync(missing, { recursive: true })
  bench.rounds(22)
  assert.deepEqual(paths(bench), [...told, told[0]])
})

test('folders that are watched are listed every rescan_interval; one that is not there to be watched every 10 s', (t) => {
  const folder = temporaryFolder(t)
  const { log } = makeContainer(folder)
  fs.writeFileSync(log, cri('hello'))
  const bench = startBench(t, folder, [containersSource(folder)], { rescanMs: 60_000 })
  const links = path.join(folder, 'containers')
  fs.renameSync(links, `${links}.away`)
  bench.rounds(70)
  assert.deepEqual(
    paths(bench).map((line) => line.split(' ')[0]),
    ['pathMissing'],
  )
  fs.renameSync(`${links}.away`, links)
  bench.rounds(11)
  assert.equal(paths(bench).at(-1), `pathAppeared pods ${links}`)
})

test('a watch that failed is made again at the next look at everything', async (t) => {
  const folder = temporaryFolder(t)
  const told: string[] = []
  const watches = createWatches(
    [folder],
    realFilesystem,
    () => {},
    (_, error) => void told.push(error.message),
  )
  t.after(() => watches.close())
  assert.equal(watches.stand, false)
  watches.refresh()
  assert.equal(watches.stand, true)
  fs.rmSync(folder, { recursive: true })
  watches.refresh()
  assert.equal(watches.stand, false)
  fs.mkdirSync(folder)
  watches.refresh()
  assert.deepEqual([watches.stand, told], [true, []])
})

test('a folder with no container yet is in order', (t) => {
  const folder = temporaryFolder(t)
  fs.mkdirSync(path.join(folder, 'containers'))
  const bench = startBench(t, folder, [containersSource(folder)])
  bench.rounds(22)
  assert.deepEqual(bench.log, [])
})

test('paths of plain files: without a folder, without a match; a log between two rotations is not worth a word', (t) => {
  const folder = temporaryFolder(t)
  const [none, glob, log] = ['none/*.log', '*.txt', 'app.log'].map((name) => path.join(folder, name)) as [
    string,
    string,
    string,
  ]
  fs.writeFileSync(log, 'one\n')
  const bench = startBench(t, folder, [filesSource([none, glob, log])])
  bench.rounds(22)
  const told = [
    `pathMissing plain ${none} there is no folder ${path.dirname(none)}`,
    `pathMissing plain ${glob} no file matches it`,
  ]
  assert.deepEqual(paths(bench), told)
  fs.unlinkSync(log)
  fs.writeFileSync(path.join(folder, 'a.txt'), 'two\n')
  bench.rounds(11)
  told.push(`pathAppeared plain ${glob}`)
  assert.deepEqual(paths(bench), told)
  fs.mkdirSync(path.dirname(none))
  bench.rounds(11)
  told.push(`pathMissing plain ${none} no file matches it`)
  assert.deepEqual(paths(bench), told)
})

test('a folder that comes after the start, or goes and comes again, is watched from the next look at everything on', async (t) => {
  const folder = path.join(temporaryFolder(t), 'containers')
  let moves = 0
  const watches = createWatches(
    [folder],
    realFilesystem,
    () => void moves++,
    (_, error) => assert.fail(error),
  )
  t.after(() => watches.close())
  watches.refresh()
  for (const name of ['first', 'second']) {
    fs.rmSync(folder, { recursive: true, force: true })
    fs.mkdirSync(folder)
    watches.refresh()
    moves = 0
    fs.writeFileSync(path.join(folder, name), '')
    await until(() => moves > 0)
  }
})

/** A plain log of which this agent has read one line and knows of two; killed. */
const killedBehind = async (folder: string, log: string): Promise<void> => {
  fs.writeFileSync(log, 'one\n')
  const bench = createBench(folder, [filesSource([log])])
  bench.tailer.start()
  bench.lane.turn()
  bench.lane.reading = false
  fs.appendFileSync(log, 'two\n')
  bench.round()
  bench.tailer.saveCheckpoint()
  await bench.tailer.close()
}

for (const [what, pattern] of [
  ['by its name', 'app.log'],
  ['by a glob', '*.log'],
  ['by a glob that takes rotated files too', '*'],
  ['by a glob over folders', '**/*.log'],
] as const)
  test(`a log that is not there again after its rotation (nocreate), found ${what}: the rotated file is read`, async (t) => {
    const folder = temporaryFolder(t)
    const dir = path.join(folder, 'logs')
    fs.mkdirSync(dir)
    const log = path.join(dir, 'app.log')
    await killedBehind(folder, log)
    fs.renameSync(log, `${log}.1`)
    const second = startBench(t, folder, [filesSource([path.join(dir, pattern)])])
    const pass = (rounds: number): void => {
      for (let i = 0; i < rounds; i++) {
        second.round()
        second.tailer.saveCheckpoint()
      }
    }
    pass(60)
    assert.deepEqual([textsOf(second), of(second, 'bytesLost', 'pathMissing')], [['two\n'], []])
    fs.writeFileSync(log, 'three\n')
    pass(60)
    assert.deepEqual([textsOf(second), of(second, 'bytesLost')], [['two\n', 'three\n'], []])
  })

test('rotated files of a log that nobody knows and that is not there are let be', (t) => {
  const folder = temporaryFolder(t)
  const log = path.join(folder, 'app.log')
  fs.writeFileSync(`${log}.1`, 'last month\n')
  const bench = startBench(t, folder, [filesSource([path.join(folder, '*.log')])])
  bench.rounds(22)
  assert.deepEqual(bench.lane.files, [])
})

const docker = (text: string, n: number): string =>
  `${JSON.stringify({ log: `${text}\n`, stream: 'stdout', time: `2026-11-21T06:00:0${n}.1Z` })}\n`

/** A container as Docker logs it: links lead to its own folder, where it is rotated by number. */
const makeDocker = (folder: string, direct: boolean): { target: string; roots: string[] } => {
  const { log, link } = makeContainer(folder)
  const dir = path.join(folder, 'docker', containerId)
  fs.mkdirSync(dir, { recursive: true })
  const target = path.join(dir, `${containerId}-json.log`)
  fs.rmSync(direct ? link : log)
  fs.symlinkSync(target, direct ? link : log)
  if (direct) fs.rmSync(path.join(folder, 'pods'), { recursive: true })
  fs.mkdirSync(path.join(folder, 'pods'), { recursive: true })
  return { target, roots: ['pods', 'docker'].map((name) => path.join(folder, name)) }
}

for (const direct of [false, true])
  test(`Docker's rotated files from before the start are read, oldest first and once (${direct ? 'linked directly' : 'by way of the pod'})`, async (t) => {
    const folder = temporaryFolder(t)
    const { target, roots } = makeDocker(folder, direct)
    const lines = ['oldest', 'older', 'old', 'live', 'next'].map(docker)
    fs.writeFileSync(`${target}.3.gz`, zlib.gzipSync(lines[0]!))
    fs.writeFileSync(`${target}.2`, lines[1]!)
    fs.writeFileSync(`${target}.1`, lines[2]!)
    fs.writeFileSync(target, lines[3]!)
    const source = containersSource(folder, { allowedRoots: roots })
    const first = createBench(folder, [source])
    first.tailer.start()
    await until(() => {
      first.round(100)
      return first.lane.files.length === 4
    })
    first.rounds(2)
    assert.deepEqual(
      [first.lane.read, first.lane.files.map((file) => file.format)],
      [lines.slice(0, 4), ['docker', 'docker', 'docker', 'docker']],
    )
    first.tailer.saveCheckpoint()
    await first.tailer.close()
    fs.renameSync(`${target}.2`, `${target}.3`)
    fs.renameSync(`${target}.1`, `${target}.2`)
    fs.renameSync(target, `${target}.1`)
    fs.rmSync(`${target}.3.gz`)
    fs.writeFileSync(target, lines[4]!)
    const second = startBench(t, folder, [source])
    second.rounds(40)
    assert.deepEqual([textsOf(second), of(second, 'bytesLost', 'fileRefused')], [[lines[4]], []])
  })

test("Docker's rotated files outside of the allowed roots are not looked for: the log itself is refused, once", (t) => {
  const folder = temporaryFolder(t)
  const { target, roots } = makeDocker(folder, false)
  fs.writeFileSync(`${target}.1`, docker('old', 1))
  fs.writeFileSync(target, docker('live', 2))
  const bench = startBench(t, folder, [containersSource(folder, { allowedRoots: roots.slice(0, 1) })])
  bench.rounds(22)
  assert.deepEqual([bench.lane.files, of(bench, 'fileRefused').length], [[], 1])
})
