import assert from 'node:assert/strict'
import test from 'node:test'
import { slowStart } from '../../../controller/act/slow-start.ts'

const items = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

const cases: [what: string, count: number, allowed: number, tried: number, errors: number, batches: number[]][] = [
  ['nothing to do', 0, 0, 0, 0, []],
  ['all allowed', 10, 10, 10, 0, [1, 2, 4, 3]],
  ['none allowed', 250, 0, 1, 1, [1]],
  ['ten of a hundred allowed', 100, 10, 15, 5, [1, 2, 4, 8]],
]

for (const [what, count, allowed, tried, errors, batches] of cases)
  test(`a server that refuses is asked little more: ${what}`, async () => {
    const seen: number[] = []
    let open = 0
    const work = async (item: number): Promise<void> => {
      if (open === 0) seen.push(0)
      open += 1
      seen[seen.length - 1] = (seen.at(-1) ?? 0) + 1
      await new Promise(setImmediate)
      open -= 1
      if (item >= allowed) throw new Error('quota')
    }
    const outcome = await slowStart(items(count), work)
    assert.deepEqual([outcome.tried, outcome.errors.length, seen], [tried, errors, batches])
  })
