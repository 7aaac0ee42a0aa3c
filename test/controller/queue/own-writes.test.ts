import assert from 'node:assert/strict'
import test from 'node:test'
import { createOwnWrites, type WatchedResource } from '../../../controller/queue/own-writes.ts'
import { createModelClock } from '../../support/model-clock.ts'

const KEY = 'kube-system/agent'
type Versions = Readonly<Partial<Record<WatchedResource, string>>>

const CASES: readonly (readonly [string, readonly (readonly [WatchedResource, string])[], Versions, boolean])[] = [
  ['nothing was written', [], {}, true],
  ['the watch has not come so far', [['pods', '100']], { pods: '99' }, false],
  ['the watch has come just so far', [['pods', '100']], { pods: '100' }, true],
  ['versions are numbers, not texts', [['pods', '9']], { pods: '10' }, true],
  ['versions are numbers, not texts: the other way', [['pods', '10']], { pods: '9' }, false],
  ['larger than a double holds', [['pods', '9007199254740993']], { pods: '9007199254740992' }, false],
  ['nothing was listed yet', [['pods', '1']], {}, false],
  [
    'the newest of several writes counts',
    [
      ['pods', '7'],
      ['pods', '5'],
    ],
    { pods: '6' },
    false,
  ],
  [
    'each resource for itself',
    [
      ['pods', '7'],
      ['daemonsets', '9'],
    ],
    { pods: '8', daemonsets: '8' },
    false,
  ],
  [
    'all of them',
    [
      ['pods', '7'],
      ['controllerrevisions', '9'],
    ],
    { pods: '8', controllerrevisions: '9' },
    true,
  ],
  ['a server whose versions are no numbers', [['pods', 'abc']], { pods: 'abb' }, true],
  ['a server whose versions are no numbers any more', [['pods', '12']], { pods: 'abb' }, true],
]

test('a DaemonSet is left alone until the watch has come as far as our own writes', () => {
  const told = CASES.map(([name, writes, seen]) => {
    const own = createOwnWrites(createModelClock())
    for (const [resource, version] of writes) own.wrote(KEY, resource, version)
    return [name, own.caughtUp(KEY, (resource) => seen[resource] ?? '')]
  })
  assert.deepEqual(
    told,
    CASES.map(([name, , , caughtUp]) => [name, caughtUp]),
  )
})

test('what another DaemonSet has written, or one that is gone, stops none', () => {
  const own = createOwnWrites(createModelClock())
  own.wrote('kube-system/other', 'pods', '10')
  own.wrote(KEY, 'pods', '10')
  own.forget(KEY)
  assert.deepEqual([own.caughtUp(KEY, () => '1'), own.caughtUp('kube-system/other', () => '1')], [true, false])
})

test('a server that was set back to an older history stops a DaemonSet for five minutes, not for good', async () => {
  const clock = createModelClock()
  const own = createOwnWrites(clock)
  own.wrote(KEY, 'pods', '5000')
  await clock.advance(300_000)
  assert.equal(
    own.caughtUp(KEY, () => '20'),
    false,
  )
  await clock.advance(1)
  assert.equal(
    own.caughtUp(KEY, () => '20'),
    true,
  )
})
