import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import test from 'node:test'
import zlib from 'node:zlib'
import {
  type Bench,
  containersSource,
  createBench,
  cri,
  filesSource,
  makeContainer,
  savingRounds,
  startBench,
  temporaryFolder,
  until,
} from './support/bench.ts'

const lostOf = (bench: Bench): string[] => bench.log.filter((line) => line.startsWith('bytesLost'))

const stamps = ['20261121-060708', '20261121-060709'] as const

/** An agent that has read `read` of the log and knows of `unread`; then it is killed. */
const killedBehind = async (
  folder: string,
  source: Parameters<typeof createBench>[1][0],
  log: string,
  text: readonly [read: string, unread: string],
): Promise<void> => {
  fs.writeFileSync(log, text[0])
  const bench = createBench(folder, [source])
  bench.tailer.start()
  bench.lane.turn()
  bench.lane.reading = false
  fs.appendFileSync(log, text[1])
  bench.round()
  bench.tailer.saveCheckpoint()
  await bench.tailer.close()
}

test('a plain file that was truncated, written anew and rotated while nobody ran: its first text is counted, though its inode is there', async (t) => {
  const folder = temporaryFolder(t)
  const log = path.join(folder, 'app.log')
  await killedBehind(folder, filesSource([log]), log, ['one\n', 'unread\n'])
  fs.writeFileSync(log, 'three\n')
  fs.renameSync(log, `${log}.1`)
  fs.writeFileSync(log, 'four\n')
  const second = startBench(t, folder, [filesSource([log])])
  savingRounds(second, 40)
  assert.deepEqual(
    [second.lane.read, lostOf(second)],
    [['three\n', 'four\n'], [`bytesLost plain ${log} plain ${'unread\n'.length} rotated_away`]],
  )
})

test('truncated while it waits behind an archive: counted once, and told of in its turn', async (t) => {
  const folder = temporaryFolder(t)
  const { log, link } = makeContainer(folder)
  const lines = ['archived', 'waits behind it', 'new'].map(cri)
  fs.writeFileSync(`${log}.${stamps[0]}.gz`, zlib.gzipSync(lines[0]!))
  fs.writeFileSync(log, lines[1]!)
  const bench = startBench(t, folder, [containersSource(folder)])
  fs.writeFileSync(log, lines[2]!)
  bench.rounds(3)
  await until(() => {
    bench.round()
    return bench.lane.finished.size === 2
  })
  savingRounds(bench, 700) // It would be forgotten by then.
  assert.deepEqual(
    [bench.lane.read, lostOf(bench)],
    [[lines[0], '', lines[2]], [`bytesLost pods ${link} container ${lines[1]!.length} truncated`]],
  )
})

test('copied and truncated while it waits behind an archive: it is read from the copy', async (t) => {
  const folder = temporaryFolder(t)
  const log = path.join(folder, 'app.log')
  await killedBehind(folder, filesSource([log]), log, ['one\n', 'unread\n'])
  fs.writeFileSync(`${log}.1.gz`, zlib.gzipSync(fs.readFileSync(log)))
  fs.unlinkSync(log)
  fs.writeFileSync(log, 'waits behind it\n')
  const bench = startBench(t, folder, [filesSource([log])])
  fs.renameSync(`${log}.1.gz`, `${log}.2.gz`)
  fs.copyFileSync(log, `${log}.1`)
  fs.writeFileSync(log, 'new\n')
  bench.rounds(3)
  await until(() => {
    bench.round()
    return bench.lane.finished.size === 2
  })
  savingRounds(bench, 40)
  assert.deepEqual([bench.lane.read, lostOf(bench)], [['unread\n', 'waits behind it\n', 'new\n'], []])
})

const noise = (lines: number): string => Array.from({ length: lines }, (_, i) => cri(`${i} ${Math.sin(i)}`)).join('')

/** Looks at it often, and lets it be inflated. */
const patientRounds = async (bench: Bench, count: number): Promise<void> => {
  for (let i = 0; i < count; i++) {
    bench.round()
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

for (const { what, read, known, says } of [
  { what: 'whose middle is missing', read: 0, known: 0, says: 'all' },
  { what: 'whose middle is missing and before the position', read: 4900, known: 100, says: 'all' },
  { what: 'whose end is missing, so that it does not tell how long it was', read: 50, known: 4950, says: 'nothing' },
] as const)
  test(`an archive ${what}: what is missing of it is counted once, over looks and lives`, async (t) => {
    const folder = temporaryFolder(t)
    const { log } = makeContainer(folder)
    const text = [noise(read), noise(known)] as const
    if (read > 0) await killedBehind(folder, containersSource(folder), log, text)
    const whole = text.join('') || noise(5000)
    const bytes = zlib.gzipSync(whole)
    const half = bytes.subarray(0, bytes.length >> 1)
    fs.writeFileSync(`${log}.${stamps[0]}.gz`, says === 'all' ? Buffer.concat([half, bytes.subarray(-8)]) : half)
    fs.utimesSync(`${log}.${stamps[0]}.gz`, 1e9, 1e9) // Not in the making any more.
    fs.unlinkSync(log)
    fs.writeFileSync(log, cri('live'))
    const second = startBench(t, folder, [containersSource(folder)])
    await patientRounds(second, 60)
    second.tailer.saveCheckpoint()
    await second.tailer.close()
    const third = startBench(t, folder, [containersSource(folder)])
    await patientRounds(third, 60)
    const all = [...second.lane.files, ...third.lane.files].filter(({ size }) => size > 100)
    const end = second.lane.texts.get(all[0]!)!.at
    const lost = [...lostOf(second), ...lostOf(third)].map((line) => Number(line.split(' ')[4]))
    assert.ok(all[0]!.size < whole.length)
    assert.deepEqual(lost, [whole.length - Math.max(end, text[0].length)])
    assert.deepEqual(second.lane.files.length, 2)
  })

for (const fate of ['rotated', 'deleted'] as const)
  test(`a file without a whole line that lost its handle to others and is ${fate}: its bytes are ${fate === 'rotated' ? 'read' : 'counted'}`, (t) => {
    const folder = temporaryFolder(t)
    const [log, other] = [path.join(folder, 'a.log'), path.join(folder, 'b.log')]
    fs.writeFileSync(log, 'half')
    fs.writeFileSync(other, 'one\n')
    const bench = startBench(t, folder, [filesSource([log, other])], { maxOpenFiles: 1 })
    if (fate === 'rotated') fs.renameSync(log, `${log}.1`)
    else fs.unlinkSync(log)
    bench.rounds(40)
    const lost = fate === 'rotated' ? [] : [`bytesLost plain ${log} plain 4 deleted_before_read`]
    assert.deepEqual([bench.lane.read, lostOf(bench)], [fate === 'rotated' ? ['one\n', 'half'] : ['one\n'], lost])
  })

test('a file that lost its end while nobody ran, and not what is before it, is read on, and its end is counted once', async (t) => {
  const folder = temporaryFolder(t)
  const { log, link } = makeContainer(folder)
  const [read, left, cut] = [noise(30), noise(10), noise(5)]
  await killedBehind(folder, containersSource(folder), log, [read, left + cut])
  fs.truncateSync(log, read.length + left.length)
  const second = startBench(t, folder, [containersSource(folder)])
  savingRounds(second, 20)
  await second.tailer.close()
  const third = startBench(t, folder, [containersSource(folder)])
  savingRounds(third, 20)
  assert.deepEqual(
    [second.lane.read, third.lane.read, [...lostOf(second), ...lostOf(third)]],
    [[left], [''], [`bytesLost pods ${link} container ${cut.length} truncated`]],
  )
})

test('an archive that is still being written when it is first met is read to its end once it is whole', async (t) => {
  const folder = temporaryFolder(t)
  const { log } = makeContainer(folder)
  const whole = noise(5000)
  const bytes = zlib.gzipSync(whole)
  const archive = `${log}.${stamps[0]}.gz`
  fs.writeFileSync(archive, bytes.subarray(0, bytes.length >> 1))
  fs.writeFileSync(log, cri('live'))
  const bench = startBench(t, folder, [containersSource(folder)])
  await patientRounds(bench, 30)
  fs.appendFileSync(archive, bytes.subarray(bytes.length >> 1))
  await patientRounds(bench, 30)
  assert.deepEqual([bench.lane.read.sort().at(0), bench.lane.read.length, lostOf(bench)], [whole, 2, []])
})
