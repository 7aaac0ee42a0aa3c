import assert from 'node:assert/strict'
import test from 'node:test'
import { createWaker } from '../../../lib/io/waker.ts'

test('a wake while nobody waits is kept, and a burst of them is one', async () => {
  const waker = createWaker()
  let woken = 0
  waker.wake()
  waker.wake()
  await waker.wait()
  const again = waker.wait().then(() => woken++)
  await new Promise(setImmediate)
  assert.equal(woken, 0)
  waker.wake()
  await again
  assert.equal(woken, 1)
})
