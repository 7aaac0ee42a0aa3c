import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { createLedger, type Hold } from '../../../agent/feed/ledger.ts'

test('without holds everything that was read is settled', () => {
  assert.equal(createLedger().safe(100), 100)
})

test('whatever is held and released in whatever order, the lowest hold counts', () => {
  const steps = fc.array(fc.record({ low: fc.nat(1000), releases: fc.boolean(), which: fc.nat() }), { maxLength: 40 })
  fc.assert(
    fc.property(steps, (all) => {
      const ledger = createLedger()
      const held: Hold[] = []
      for (const { low, releases, which } of all) {
        if (releases && held.length > 0) ledger.release(held.splice(which % held.length, 1)[0]!)
        else held.push(ledger.hold(low))
        assert.equal(ledger.open, held.length)
        assert.equal(ledger.safe(900), Math.min(900, ...held.map((hold) => hold.low)))
      }
    }),
  )
})

test('what was released already is not released again', () => {
  const ledger = createLedger()
  const [first] = [ledger.hold(5), ledger.hold(7)]
  ledger.release(first)
  ledger.release(first)
  assert.equal(ledger.safe(100), 7)
  assert.equal(ledger.open, 1)
})
