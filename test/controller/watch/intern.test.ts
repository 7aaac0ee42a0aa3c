import assert from 'node:assert/strict'
import test from 'node:test'
import { internLabels } from '../../../controller/watch/intern.ts'

test('labels that repeat are kept once; of a pod with thousands of labels nothing is kept for the next', () => {
  const few = () => ({ app: 'agent' })
  const many = () => Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`label-${i}`, 'x']))
  assert.equal(internLabels(few()), internLabels(few()))
  assert.notEqual(internLabels(many()), internLabels(many()))
})
