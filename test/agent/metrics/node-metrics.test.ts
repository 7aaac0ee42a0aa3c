import assert from 'node:assert/strict'
import test from 'node:test'
import type { MetricFamily } from '../../../agent/event.ts'
import { type Collector, NO_DATA } from '../../../agent/metrics/collector.ts'
import { single } from '../../../agent/metrics/family.ts'
import { createNodeMetrics } from '../../../agent/metrics/node-metrics.ts'
import { createModelClock } from '../../support/model-clock.ts'

const load = (value: number): readonly MetricFamily[] => [single('gauge', 'node_load1', '1m load average.', value)]

const setUp = (collectors: readonly Collector[]) => {
  const clock = createModelClock()
  const told: string[] = []
  const metrics = createNodeMetrics(collectors, {
    nowMonotonicMs: clock.monotonic,
    after: clock.after,
    timeoutMs: 5000,
    failed: (collector, error) => told.push(`${collector}: ${error.message}`),
    constant: [],
    told: new Map(),
  })
  const success = (families: readonly MetricFamily[]): Record<string, number> =>
    Object.fromEntries(
      families
        .filter(({ name }) => name === 'node_scrape_collector_success')
        .flatMap(({ samples }) => samples.map(({ labels, value }) => [labels.collector, value])),
    )
  return { clock, told, metrics, success }
}

test('a collector that fails costs itself alone, and is told of once for each reason', async () => {
  let reason: string | undefined = 'EIO'
  const broken: Collector = {
    name: 'broken',
    collect: () => {
      if (reason !== undefined) throw new Error(reason)
      return []
    },
  }
  const { metrics, told, success } = setUp([broken, { name: 'loadavg', collect: () => load(0.5) }])
  const families = await metrics.collect()
  // Last: a text file's families may have any name, and the first of one name counts.
  assert.deepEqual(families.at(-1), load(0.5)[0])
  assert.deepEqual(success(families), { broken: 0, loadavg: 1 })
  await metrics.collect()
  assert.deepEqual(told, ['broken: EIO'])
  reason = 'EACCES'
  await metrics.collect()
  reason = undefined
  assert.deepEqual(success(await metrics.collect()), { broken: 1, loadavg: 1 })
  reason = 'EACCES'
  await metrics.collect()
  assert.deepEqual(told, ['broken: EIO', 'broken: EACCES', 'broken: EACCES'])
})

test('whatever a collector throws, the scrape has the others', async () => {
  const odd: Collector = { name: 'odd', collect: () => Promise.reject('no error at all') }
  const { metrics, told, success } = setUp([odd])
  assert.deepEqual(success(await metrics.collect()), { odd: 0 })
  assert.deepEqual(told, ['odd: no error at all'])
})

test('a subject that this machine does not have is no success and no failure that anybody is told of', async () => {
  const { metrics, told, success } = setUp([
    { name: 'schedstat', collect: () => NO_DATA },
    { name: 'textfile', collect: () => [] },
  ])
  assert.deepEqual(success(await metrics.collect()), { schedstat: 0, textfile: 1 })
  assert.deepEqual(told, [])
})

test('collectors that hang cost one time limit together, are not started again, and come back when they answer', async () => {
  const asked: string[] = []
  const answers: ((families: readonly MetricFamily[]) => void)[] = []
  const hanging = (name: string): Collector => ({
    name,
    collect: () => {
      asked.push(name)
      return new Promise((resolve) => answers.push(resolve))
    },
  })
  const { clock, metrics, told, success } = setUp([
    hanging('nfs'),
    hanging('disk'),
    { name: 'ok', collect: () => load(1) },
  ])
  const first = metrics.collect()
  await clock.advance(5000)
  const families = await first
  assert.deepEqual(success(families), { nfs: 0, disk: 0, ok: 1 })
  const durations = families.find(({ name }) => name === 'node_scrape_collector_duration_seconds')?.samples
  assert.deepEqual(
    durations?.map(({ value }) => value),
    [5, 5, 0],
  )

  assert.deepEqual(success(await metrics.collect()), { nfs: 0, disk: 0, ok: 1 })
  assert.deepEqual(asked, ['nfs', 'disk'])
  assert.deepEqual(told, [
    'nfs: it has not answered within 5000 ms',
    'disk: it has not answered within 5000 ms',
    'nfs: it still hangs since an earlier scrape',
    'disk: it still hangs since an earlier scrape',
  ])

  for (const answer of answers.splice(0)) answer([])
  await clock.advance(0)
  const last = metrics.collect()
  assert.deepEqual(asked, ['nfs', 'disk', 'nfs', 'disk'])
  for (const answer of answers) answer(load(2))
  assert.deepEqual(success(await last), { nfs: 1, disk: 1, ok: 1 })
})

test('who asks while a look is under way is given the same one', async () => {
  let looks = 0
  const slow: Collector = {
    name: 'slow',
    collect: async () => {
      looks++
      return load(looks)
    },
  }
  const { metrics } = setUp([slow])
  const [one, other] = await Promise.all([metrics.collect(), metrics.collect()])
  assert.equal(one, other)
  assert.equal(looks, 1)
  await metrics.collect()
  assert.equal(looks, 2)
})
