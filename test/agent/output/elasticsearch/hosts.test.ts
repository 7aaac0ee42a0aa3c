import assert from 'node:assert/strict'
import test from 'node:test'
import { createHosts } from '../../../../agent/output/elasticsearch/hosts.ts'
import { createModelClock } from '../../../support/model-clock.ts'

const setUp = (...names: readonly string[]) => {
  const clock = createModelClock()
  let made = 0
  const stale = new Set<string>()
  const hosts = createHosts(
    names.map((name) => new URL(`http://${name}`)),
    // A String object: connections are told apart by identity.
    (url) => ({ text: `${url.hostname}${made++}` }),
    (connection) => stale.has(connection.text),
    clock,
  )
  const take = (n: number) => Array.from({ length: n }, () => hosts.getConnection().text)
  const named = (name: string) => hosts.connections.find((connection) => connection.text === name)!
  return { clock, hosts, take, named, stale }
}

test('hosts take turns', () => {
  const { take } = setUp('a', 'b', 'c')
  assert.deepEqual(take(7), ['a0', 'b1', 'c2', 'a0', 'b1', 'c2', 'a0'])
})

test('a dead host rests, ever longer, and comes back once it answers', async () => {
  const { take, hosts, named, clock } = setUp('a', 'b')
  take(2)
  hosts.markDead(named('a0'))
  assert.deepEqual(take(3), ['b1', 'b1', 'b1'])
  await clock.advance(5_000)
  assert.deepEqual(take(2), ['a0', 'b1'])
  hosts.markDead(named('a0'))
  await clock.advance(9_999)
  assert.deepEqual(take(2), ['b1', 'b1'])
  await clock.advance(1)
  assert.deepEqual(take(1), ['a0'])
  hosts.markAlive(named('a0'))
  hosts.markDead(named('a0'))
  await clock.advance(5_000)
  assert.deepEqual(take(2), ['b1', 'a0'])
})

test('a rest is never longer than a minute', async () => {
  const { take, hosts, named, clock } = setUp('a', 'b')
  take(2)
  for (let n = 0; n < 40; n++) hosts.markDead(named('a0'))
  await clock.advance(60_000)
  assert.deepEqual(new Set(take(2)), new Set(['a0', 'b1']))
})

test('where all rest, the one that has rested most is tried', async () => {
  const { take, hosts, named, clock } = setUp('a', 'b')
  take(2)
  hosts.markDead(named('b1'))
  await clock.advance(1)
  hosts.markDead(named('a0'))
  assert.deepEqual([take(2), hosts.hasOther(named('a0'))], [['b1', 'b1'], false])
})

test('a host whose certificate changed on disk is connected anew', () => {
  const { take, stale } = setUp('a')
  take(1)
  stale.add('a0')
  assert.deepEqual(take(2), ['a1', 'a1'])
})
