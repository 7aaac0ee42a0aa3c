import assert from 'node:assert/strict'
import test from 'node:test'
import { findsBuiltIn } from '../../../controller/lead/built-in-probe.ts'
import { createModelClock } from '../../support/model-clock.ts'
import { createModelServer } from '../act/model-server.ts'

const SETS = '/apis/apps/v1/namespaces/logging/daemonsets'

/** `observed`: by the how manyeth look somebody has written the status; undefined: nobody does. */
const probe = async (observed: number | undefined, left: readonly string[] = []) => {
  const clock = createModelClock()
  let looks = 0
  const server = createModelServer(({ method, path }) => {
    if (method !== 'GET') return undefined
    if (path === SETS) return { items: left.map((name) => ({ metadata: { name } })) }
    looks += 1
    return { status: observed !== undefined && looks >= observed ? { observedGeneration: 1 } : {} }
  })
  const deps = { send: server.send, clock, suffix: 'abcd' }
  const found = findsBuiltIn('logging', 2_000, deps, new AbortController().signal)
  for (let i = 0; i < 40; i++) {
    await clock.advance(100)
    for (let turns = 0; turns < 4; turns++) await new Promise(setImmediate)
  }
  return { found: await found, asked: server.asked }
}

test('a controller that is alive is found, and the probe is taken away', async () =>
  assert.deepEqual(await probe(2), {
    found: true,
    asked: [
      `GET ${SETS}`,
      `POST ${SETS}`,
      `GET ${SETS}/picket-probe-abcd`,
      `GET ${SETS}/picket-probe-abcd`,
      `DELETE ${SETS}/picket-probe-abcd`,
    ],
  }))

test('where nobody answers the probe is taken away too, and those that were left by others', async () => {
  const { found, asked } = await probe(undefined, ['picket-probe-old'])
  assert.equal(found, false)
  assert.deepEqual(
    [asked[1], asked.at(-1), asked.filter((one) => one.startsWith('GET')).length],
    [`DELETE ${SETS}/picket-probe-old`, `DELETE ${SETS}/picket-probe-abcd`, 5],
  )
})
