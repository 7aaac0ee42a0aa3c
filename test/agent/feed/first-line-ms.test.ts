import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { firstLineMs } from '../../../agent/feed/first-line-ms.ts'

const msOf = (line: string): number | undefined => firstLineMs(Buffer.from(line), 'cri')

const rows: readonly [string, string | undefined][] = [
  ['2016-10-06T00:17:09.669794202Z stdout F x', '2016-10-06T00:17:09.669Z'],
  ['2016-10-06T00:17:09.669794202+02:00 stdout F x', '2016-10-05T22:17:09.669Z'],
  ['2016-10-06T00:17:09.669794202-03:30 stderr P x', '2016-10-06T03:47:09.669Z'],
  ['2016-02-29T23:59:59Z stdout F x', '2016-02-29T23:59:59.000Z'],
  ['2016-10-06T00:17:09.6Z stdout F x', '2016-10-06T00:17:09.600Z'],
  ['2016-10-06T00:17:09.06Z stdout F x', '2016-10-06T00:17:09.060Z'],
  ['2016-10-06T00:17:09.669794202 stdout F x', undefined],
  ['2016-10-06T00:17:09.669794202+0200 stdout F x', undefined],
  ['2016-10-06Tab:17:09.669794202Z stdout F x', undefined],
  ['a line of words that is no CRI at all', undefined],
  ['2016-10-06T00:17:09.669794202Z', undefined],
  ['', undefined],
]
for (const [line, expected] of rows)
  test(`the time of “${line}” is ${expected ?? 'not known'}`, () => {
    assert.equal(msOf(line), expected === undefined ? undefined : Date.parse(expected))
  })

test('only a CRI line begins with its time', () => {
  assert.equal(firstLineMs(Buffer.from('2016-10-06T00:17:09.669794202Z x'), 'plain'), undefined)
})

test('every time is what Date makes of it', () => {
  const anyTime = fc.date({ min: new Date('1970-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
  fc.assert(fc.property(anyTime, (date) => msOf(`${date.toISOString()} stdout F x`) === date.getTime()))
})
