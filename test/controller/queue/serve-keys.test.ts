import assert from 'node:assert/strict'
import test from 'node:test'
import { serveKeys } from '../../../controller/queue/serve-keys.ts'
import { createWorkQueue, REQUEUE_LIMITS } from '../../../controller/queue/work-queue.ts'
import { createTokenBucket } from '../../../lib/kube/token-bucket.ts'
import { createModelClock } from '../../support/model-clock.ts'

test('while hundreds of DaemonSets have their turns the lease is still renewed and probes are answered', async () => {
  const clock = createModelClock()
  const queue = createWorkQueue(clock, createTokenBucket(REQUEUE_LIMITS, clock))
  const order: string[] = []
  for (const key of ['a', 'b', 'c']) queue.add(key)
  const served = serveKeys(queue, (key) => {
    order.push(key)
    setImmediate(() => order.push(`others after ${key}`))
    if (key === 'c') queue.shutDown()
  })
  await served
  assert.deepEqual(order, ['a', 'others after a', 'b', 'others after b', 'c', 'others after c'])
})
