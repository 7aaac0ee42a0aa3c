import assert from 'node:assert/strict'
import test from 'node:test'
import { createOwnWrites, type WatchedResource } from '../../../controller/queue/own-writes.ts'
import { newer } from '../../../controller/queue/resource-version.ts'
import { createModelClock } from '../../support/model-clock.ts'

const versions: [a: string, b: string, newer: boolean][] = [
  ['10', '9', true],
  ['9', '10', false],
  ['9', '9', false],
  ['100000000000000000001', '100000000000000000000', true],
  ['1', '', true],
  ['', '1', false],
  ['odd', '1', false],
]

for (const [a, b, expected] of versions)
  test(`version ${a || 'none'} is ${expected ? '' : 'not '}newer than ${b || 'none'}`, () =>
    assert.equal(newer(a, b), expected))

const at = (pods: string, daemonsets: string) => (resource: WatchedResource) =>
  resource === 'pods' ? pods : daemonsets

test('a turn waits until each watch has come as far as its own writes', () => {
  const writes = createOwnWrites(createModelClock())
  assert.equal(writes.caughtUp('a', at('', '')), true)
  writes.wrote('a', 'pods', '7')
  writes.wrote('a', 'pods', '12')
  writes.wrote('a', 'pods', '9')
  writes.wrote('a', 'daemonsets', '11')
  assert.equal(writes.caughtUp('a', at('10', '11')), false)
  assert.equal(writes.caughtUp('a', at('11', '11')), false)
  assert.equal(writes.caughtUp('b', at('', '')), true)
  assert.equal(writes.caughtUp('a', at('12', '11')), true)
})

test('a server whose history was set back does not stop it for good', async () => {
  const clock = createModelClock()
  const writes = createOwnWrites(clock)
  writes.wrote('a', 'pods', '1000')
  await clock.advance(300_000)
  assert.equal(writes.caughtUp('a', at('5', '5')), false)
  await clock.advance(1)
  assert.equal(writes.caughtUp('a', at('5', '5')), true)
})
