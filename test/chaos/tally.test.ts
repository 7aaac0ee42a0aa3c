import assert from 'node:assert/strict'
import test from 'node:test'
import { readMessage, writeMessage } from './message.ts'
import { type ArrivedDocument, createTally, type Tally, type Violation } from './tally.ts'

/** An account that sees nothing would pass every chaos run: each kind of fault must be seen by it. */

const stream = 'pod-1/app/stdout'
const timeOf = (sequence: number): string => `2026-11-21T06:00:00.${String(sequence).padStart(9, '0')}Z`

const documentOf = (sequence: number, offset = sequence * 100, time = timeOf(sequence)): ArrivedDocument => ({
  '@timestamp': time,
  message: writeMessage({ stream, sequence, time }, 'größe \u0000'),
  stream: 'stdout',
  log: { offset, file: { fingerprint: 'aaaaaaaaaaaaaaaa' } },
  kubernetes: { pod: { name: 'pod-1' }, container: { name: 'app' } },
})

const take = (tally: Tally, document: ArrivedDocument): string =>
  tally.take(`${document.log.file.fingerprint}-${document.log.offset}`, document)

const kindsOf = (violations: readonly Violation[]): string[] =>
  violations.map(({ kind, sequence }) => `${kind} ${sequence}`)

test('what a writer wrote is read back, and a changed byte is not', () => {
  const text = writeMessage({ stream, sequence: 7, time: timeOf(7) }, 'a "b" \\')
  assert.deepEqual(readMessage(text), { stream, sequence: 7, time: timeOf(7) })
  assert.equal(readMessage(text.replace('"b"', '"c"')), undefined)
})

test('everything once, in whatever order it comes, and repetitions under the same id, are right', () => {
  const tally = createTally()
  for (const sequence of [2, 0, 1, 4, 3]) assert.equal(take(tally, documentOf(sequence)), 'created')
  assert.equal(take(tally, documentOf(3)), 'known')
  const { created, known, violations } = tally
  assert.deepEqual(
    { created, known, violations, missing: tally.missing({ [stream]: 5 }), frontiers: tally.frontiers() },
    { created: 5, known: 1, violations: [], missing: [], frontiers: { [stream]: 5 } },
  )
})

test('a missing line is named with its neighbours', () => {
  const tally = createTally()
  for (const sequence of [0, 1, 3]) take(tally, documentOf(sequence))
  const [missing] = tally.missing({ [stream]: 4 })
  assert.deepEqual([missing?.kind, missing?.sequence], ['missing', 2])
  assert.match(missing!.detail, /^1 lines \(2 to 2\) between aaaaaaaaaaaaaaaa-100 at .* and aaaaaaaaaaaaaaaa-300 at /)
  assert.deepEqual(kindsOf(tally.missing({ [stream]: 4, 'pod-2/app/stderr': 1 })), ['missing 2', 'missing 0'])
})

const faults: readonly [string, readonly ArrivedDocument[], readonly string[]][] = [
  ['the same line under another id', [documentOf(0), documentOf(0, 700)], ['doubled 0']],
  ['a later line with an earlier time', [documentOf(0, 0, timeOf(5)), documentOf(1)], ['disordered 1']],
  ['equal times and a lower offset', [documentOf(0, 900, timeOf(1)), documentOf(1, 100)], ['disordered 1']],
  ['another line under a known id', [documentOf(0), documentOf(1, 0)], ['collided 1']],
  ['an offset at which no record can begin', [documentOf(0), documentOf(1, 20)], ['collided 1']],
  ['a changed text', [{ ...documentOf(0), message: `${documentOf(0).message}x` }], ['changed -1']],
  ['a cut record', [{ ...documentOf(0), log: { ...documentOf(0).log, flags: ['truncated'] } }], ['changed -1']],
  ['another time than the line’s own', [{ ...documentOf(0), '@timestamp': timeOf(9) }], ['misplaced 0']],
  ['another stream than the line’s own', [{ ...documentOf(0), stream: 'stderr' }], ['misplaced 0']],
]

for (const [what, documents, expected] of faults)
  test(`seen: ${what}`, () => {
    const tally = createTally()
    for (const document of documents) take(tally, document)
    assert.deepEqual(kindsOf(tally.violations), expected)
  })
