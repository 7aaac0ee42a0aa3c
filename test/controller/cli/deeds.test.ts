import assert from 'node:assert/strict'
import test from 'node:test'
import { toldBy } from '../../../controller/cli/deeds.ts'
import type { Json } from '../../../controller/cluster.ts'
import { at, daemonSetOf } from '../../support/rollout-cluster.ts'

const time = (seconds: number): string => new Date(at(seconds)).toISOString()

/** As it is written when it is said again: the same object, counted. */
const uncovered = (words: string, firstSeconds: number, lastSeconds = firstSeconds): Json => ({
  involvedObject: { kind: 'DaemonSet', uid: 'ds' },
  reason: 'NodeUncovered',
  message: `Node a: not covered: ${words}`,
  firstTimestamp: time(firstSeconds),
  lastTimestamp: time(lastSeconds),
  count: firstSeconds === lastSeconds ? 1 : 2,
})
const covered = (seconds: number): Json => ({
  ...(uncovered('', seconds) as object),
  reason: 'NodeCovered',
  message: 'Node a: covered again, it was not (no_pod)',
})

const missing = (...events: readonly Json[]) => [...toldBy(events, daemonSetOf('v1')).missingSinceMs]

test('a node that is without its pod for the second time is so since the second time', () => {
  assert.deepEqual(missing(uncovered('there is no pod', 100, 3000), covered(200)), [['a', at(3000)]])
})

test('since when another reason held says nothing of since when there is no pod', () => {
  assert.deepEqual(missing(uncovered('agent crashed, restarted once: exit code 1', 100)), [])
})
