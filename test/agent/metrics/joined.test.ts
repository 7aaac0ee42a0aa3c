import assert from 'node:assert/strict'
import test from 'node:test'
import type { MetricFamily } from '../../../agent/event.ts'
import { single } from '../../../agent/metrics/family.ts'
import { joined } from '../../../agent/metrics/joined.ts'

test('a mount that hangs takes threads once, however many look at the node', async () => {
  const asked: ((families: readonly MetricFamily[]) => void)[] = []
  const collector = joined({ name: 'filesystem', collect: () => new Promise((resolve) => asked.push(resolve)) })
  const both = [collector.collect(), collector.collect()]
  assert.equal(asked.length, 1)
  const families = [single('gauge', 'node_filesystem_files', '', 1)]
  asked[0]?.(families)
  assert.deepEqual(await Promise.all(both), [families, families])
  const later = collector.collect()
  assert.equal(asked.length, 2)
  asked[1]?.([])
  assert.deepEqual(await later, [])
})

test('after a failure it is asked again', async () => {
  let error: Error | undefined = new Error('EIO')
  const collector = joined({ name: 'hwmon', collect: () => (error ? Promise.reject(error) : Promise.resolve([])) })
  await assert.rejects(collector.collect() as Promise<unknown>, /EIO/)
  error = undefined
  assert.deepEqual(await collector.collect(), [])
})
