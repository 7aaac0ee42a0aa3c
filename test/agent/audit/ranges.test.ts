import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { bytesIn, type Range, RangeSet, type Ranges, unionOf, within, without } from '../../../agent/audit/ranges.ts'

/** Every operation held against a map with a counter for each byte. */

const SIZE = 40
const range: fc.Arbitrary<Range> = fc
  .tuple(fc.nat(SIZE), fc.nat(SIZE))
  .map(([a, b]) => ({ from: Math.min(a, b), to: Math.max(a, b) }))
const ranges = fc.array(range, { maxLength: 12 })

const counted = (all: readonly Range[]): number[] => {
  const bytes = new Array<number>(SIZE).fill(0)
  for (const { from, to } of all) for (let i = from; i < to; i++) bytes[i]!++
  return bytes
}

/** The ranges of bytes for which it is true: disjoint, ascending, apart. */
const rangesWhere = (isIn: (byte: number) => boolean): Ranges => {
  const found: { from: number; to: number }[] = []
  for (let i = 0; i < SIZE; i++) {
    if (!isIn(i)) continue
    const last = found.at(-1)
    if (last?.to === i) last.to = i + 1
    else found.push({ from: i, to: i + 1 })
  }
  return found
}

test('what was added is there once, and what came again is told', () => {
  fc.assert(
    fc.property(ranges, (all) => {
      const set = new RangeSet()
      const doubled = new RangeSet()
      for (const one of all) doubled.addAll(set.add(one))
      const bytes = counted(all)
      assert.deepEqual(
        set.ranges,
        rangesWhere((i) => bytes[i]! > 0),
      )
      assert.deepEqual(
        doubled.ranges,
        rangesWhere((i) => bytes[i]! > 1),
      )
      assert.equal(bytesIn(set.ranges), bytes.filter((n) => n > 0).length)
      assert.equal(set.end, bytes.findLastIndex((n) => n > 0) + 1)
    }),
    { numRuns: 2000 },
  )
})

test('union, difference and section', () => {
  fc.assert(
    fc.property(ranges, ranges, range, (a, b, window) => {
      const [one, other] = [unionOf(a), unionOf(b)]
      const [inOne, inOther] = [counted(one), counted(other)]
      assert.deepEqual(
        unionOf(one, other),
        rangesWhere((i) => inOne[i]! + inOther[i]! > 0),
      )
      assert.deepEqual(
        without(one, other),
        rangesWhere((i) => inOne[i]! > 0 && inOther[i] === 0),
      )
      assert.deepEqual(
        within(one, window),
        rangesWhere((i) => inOne[i]! > 0 && i >= window.from && i < window.to),
      )
    }),
    { numRuns: 2000 },
  )
})
