import assert from 'node:assert/strict'
import test from 'node:test'
import { createExpectations, type Expectations } from '../../../controller/queue/expectations.ts'
import { createModelClock } from '../../support/model-clock.ts'

const KEY = 'kube-system/agent'
type Deed = (one: Expectations) => void
const CASES: readonly (readonly [string, readonly Deed[], boolean])[] = [
  ['nothing was asked for', [], true],
  ['creates are not seen yet', [(e) => e.expect(KEY, 2, 0)], false],
  ['deletes are not seen yet', [(e) => e.expect(KEY, 0, 1)], false],
  ['an empty wish', [(e) => e.expect(KEY, 0, 0)], true],
  ['one of two is seen', [(e) => e.expect(KEY, 2, 0), (e) => e.creationObserved(KEY)], false],
  ['both are seen', [(e) => e.expect(KEY, 1, 1), (e) => e.creationObserved(KEY), (e) => e.deletionObserved(KEY)], true],
  [
    'more is seen than was asked for',
    [(e) => e.expect(KEY, 0, 1), (e) => e.deletionObserved(KEY), (e) => e.deletionObserved(KEY)],
    true,
  ],
  ['a deletion stands for no creation', [(e) => e.expect(KEY, 1, 0), (e) => e.deletionObserved(KEY)], false],
  ['creates that will not be tried', [(e) => e.expect(KEY, 5, 0), (e) => e.lower(KEY, 5)], true],
  ['a new wish is in place of the old one', [(e) => e.expect(KEY, 9, 9), (e) => e.expect(KEY, 0, 0)], true],
  [
    'what was seen too often does not count for the next wish',
    [
      (e) => e.expect(KEY, 1, 0),
      (e) => e.creationObserved(KEY),
      (e) => e.creationObserved(KEY),
      (e) => e.expect(KEY, 1, 0),
    ],
    false,
  ],
  ['an event before any wish', [(e) => e.creationObserved(KEY), (e) => e.expect(KEY, 1, 0)], false],
  ['another DaemonSet', [(e) => e.expect('kube-system/other', 1, 1)], true],
  ['the DaemonSet is gone', [(e) => e.expect(KEY, 1, 1), (e) => e.forget(KEY)], true],
]

test('a DaemonSet is planned again when all that was asked for has been seen', () => {
  const seen = CASES.map(([name, deeds]) => {
    const expectations = createExpectations(createModelClock())
    for (const deed of deeds) deed(expectations)
    return [name, expectations.satisfied(KEY)]
  })
  assert.deepEqual(
    seen,
    CASES.map(([name, , satisfied]) => [name, satisfied]),
  )
})

test('an event that was lost stops a DaemonSet for five minutes, not for good', async () => {
  const clock = createModelClock()
  const expectations = createExpectations(clock)
  expectations.expect(KEY, 1, 0)
  await clock.advance(300_000)
  assert.equal(expectations.satisfied(KEY), false)
  await clock.advance(1)
  assert.equal(expectations.satisfied(KEY), true)
})
