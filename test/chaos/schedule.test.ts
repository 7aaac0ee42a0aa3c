import assert from 'node:assert/strict'
import test from 'node:test'
import { createRandom } from './random.ts'
import { createSchedule } from './schedule.ts'

test('a seed draws the same schedule again, and another one another', () => {
  const draw = (seed: string) => createSchedule(createRandom(seed), 120_000)
  assert.deepEqual(draw('a'), draw('a'))
  assert.notDeepEqual(draw('a'), draw('b'))
})

test('two minutes hold an end, bad weather, a full disk and one removal of the state folder, whatever the seed', () => {
  for (let i = 0; i < 50; i++) {
    const { agent, sink, disk } = createSchedule(createRandom(`seed ${i}`), 120_000)
    const ends = agent.filter((step) => step.kind === 'end')
    const seen = {
      removals: ends.filter(({ stateIsRemoved }) => stateIsRemoved).length,
      killed: ends.some(({ signal }) => signal === 'SIGKILL'),
      early: agent.some(({ kind }) => kind === 'run while files are deleted early'),
      bad: sink.some(({ weather }) => weather !== 'calm'),
      full: disk.some(({ full }) => full),
    }
    assert.deepEqual(seen, { removals: 1, killed: true, early: true, bad: true, full: true }, `seed ${i}`)
  }
})
