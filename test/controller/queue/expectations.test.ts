import assert from 'node:assert/strict'
import test from 'node:test'
import { createExpectations, type Expectations } from '../../../controller/queue/expectations.ts'
import { createModelClock } from '../../support/model-clock.ts'

const KEY = 'logging/agent'
const start = () => {
  const clock = createModelClock()
  return { clock, expectations: createExpectations(clock) }
}

type Step = (e: Expectations) => void
const ask =
  (creates: number, deletes: number): Step =>
  (e) =>
    e.expect(KEY, creates, deletes)
const created: Step = (e) => e.creationObserved(KEY)
const gone: Step = (e) => e.deletionObserved(KEY)

const cases: [what: string, satisfied: boolean, steps: Step[]][] = [
  ['nothing was asked for', true, []],
  ['creates are not seen yet', false, [ask(2, 0)]],
  ['one of two creates was seen', false, [ask(2, 0), created]],
  ['both creates were seen, a delete was not', false, [ask(2, 1), created, created]],
  ['a delete was seen', true, [ask(0, 1), gone]],
  ['more was seen than asked for', true, [ask(1, 0), created, created, gone]],
  ['the rest is not tried', true, [ask(10, 0), created, (e) => e.lower(KEY, 9)]],
  ['what is asked for later counts alone', false, [ask(0, 1), gone, ask(1, 0)]],
  ['the DaemonSet was deleted', true, [ask(1, 0), (e) => e.forget(KEY)]],
  ['another DaemonSet waits', true, [(e) => e.expect('logging/other', 1, 0)]],
]

for (const [what, satisfied, steps] of cases)
  test(`a turn may ${satisfied ? '' : 'not '}create and delete: ${what}`, () => {
    const { expectations } = start()
    for (const step of steps) step(expectations)
    assert.equal(expectations.satisfied(KEY), satisfied)
  })

test('an event that was lost stops a DaemonSet for five minutes and no longer', async () => {
  const { expectations, clock } = start()
  expectations.expect(KEY, 1, 0)
  await clock.advance(300_000)
  assert.equal(expectations.satisfied(KEY), false)
  await clock.advance(1)
  assert.equal(expectations.satisfied(KEY), true)
})
