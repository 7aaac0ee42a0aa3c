import assert from 'node:assert/strict'
import test from 'node:test'
import { realClock } from '../../../lib/io/clock.ts'

test('a call that was cancelled does not come, the one behind it does', async () => {
  const calls: string[] = []
  const cancel = realClock.after(1, () => calls.push('cancelled'))
  cancel()
  await new Promise<void>((resolve) =>
    realClock.after(5, () => {
      calls.push('called')
      resolve()
    }),
  )
  assert.deepEqual(calls, ['called'])
})
