import assert from 'node:assert/strict'
import fs from 'node:fs'
import test from 'node:test'
import {
  type Bench,
  containersSource,
  createBench,
  cri,
  makeContainer,
  startBench,
  temporaryFolder,
} from './support/bench.ts'

/** Files of one container whose first lines are the same. */

const older = (log: string): string => `${log}.20261121-060708`
const newer = (log: string): string => `${log}.20261121-060709`

const readOf = (bench: Bench): string[] => bench.lane.read.map((text) => text.replaceAll(/^.* F /gm, ''))
const lostOf = (bench: Bench): string[] => bench.log.filter((line) => line.startsWith('bytesLost'))

test('a copy of a rotated file is read once', (t) => {
  const folder = temporaryFolder(t)
  const { log } = makeContainer(folder)
  fs.writeFileSync(older(log), cri('one') + cri('two'))
  fs.copyFileSync(older(log), newer(log))
  const bench = startBench(t, folder, [containersSource(folder)])
  bench.rounds(15)
  assert.deepEqual([readOf(bench), lostOf(bench)], [['one\ntwo\n'], []])
})

test('of two files that begin alike and go on in other ways, what is only in the second is read, and nothing twice', (t) => {
  const folder = temporaryFolder(t)
  const { log } = makeContainer(folder)
  const same = cri('one') + cri('two')
  fs.writeFileSync(older(log), same + cri('three') + cri('four'))
  fs.writeFileSync(newer(log), same + cri('five') + cri('six'))
  const bench = startBench(t, folder, [containersSource(folder)])
  bench.rounds(15)
  assert.deepEqual([readOf(bench), lostOf(bench)], [['one\ntwo\nthree\nfour\n', 'five\nsix\n'], []])
})

test('the identity of what only the second has is the same after a restart and after the state folder was lost', async (t) => {
  const folder = temporaryFolder(t)
  const { log } = makeContainer(folder)
  const same = cri('one')
  fs.writeFileSync(older(log), same + cri('three'))
  fs.writeFileSync(newer(log), same + cri('five'))
  const run = async (): Promise<(string | number)[][]> => {
    const bench = createBench(folder, [containersSource(folder)])
    bench.tailer.start()
    bench.lane.turn()
    bench.lane.reading = false // Both stay open, so that the next run meets them together.
    bench.rounds(3)
    bench.tailer.saveCheckpoint()
    const seen = bench.lane.files.map((file) => [file.fingerprint, bench.lane.texts.get(file)!.at])
    await bench.tailer.close()
    return seen
  }
  const first = await run()
  const [, second] = first
  assert.equal(second?.[1], Buffer.byteLength(same) + Buffer.byteLength(cri('five')))
  const again = await run()
  assert.deepEqual(again, [], 'everything is read')
  fs.rmSync(`${folder}/state`, { recursive: true })
  assert.deepEqual(await run(), first)
})

test('a second file that is longer than the first is read from where the first ends', (t) => {
  const folder = temporaryFolder(t)
  const { log } = makeContainer(folder)
  const same = cri('one')
  fs.writeFileSync(older(log), same)
  fs.writeFileSync(newer(log), same + cri('two'))
  fs.writeFileSync(log, cri('three'))
  const bench = startBench(t, folder, [containersSource(folder)])
  bench.rounds(30)
  assert.deepEqual([readOf(bench).sort(), lostOf(bench)], [['one\n', 'three\n', 'two\n'], []])
})
