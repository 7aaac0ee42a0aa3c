import assert from 'node:assert/strict'
import test from 'node:test'
import { createProgressBoard } from './progress.ts'

const said = (lines: number, atRisk: number, counts: Record<string, number> = {}) => ({
  lines,
  bytes: lines * 100,
  counts,
  atRisk,
})

test('the second writer may be heard before the first one, and before anybody was heard there is nothing', () => {
  const board = createProgressBoard()
  assert.deepEqual(board.sum(), said(0, 0))
  board.hear(1, said(5, 1, { rotations: 2 }))
  assert.deepEqual(board.sum(), said(5, 1, { rotations: 2 }))
  board.hear(0, said(7, 0, { rotations: 1, truncations: 1 }))
  assert.deepEqual(board.sum(), said(12, 1, { rotations: 3, truncations: 1 }))
})

test('what a writer says last counts, not what it said before', () => {
  const board = createProgressBoard()
  board.hear(0, said(5, 1))
  board.hear(0, said(9, 0))
  assert.deepEqual(board.sum(), said(9, 0))
})
