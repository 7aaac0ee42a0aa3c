import assert from 'node:assert/strict'
import test from 'node:test'
import { parseSize, sizeHint } from '../../../agent/config/size.ts'

test('sizes', () => {
  const table: [string, number | undefined][] = [
    ['5MiB', 5_242_880],
    ['256KiB', 262_144],
    ['1.5GiB', 1_610_612_736],
    ['5MB', 5_000_000],
    ['12B', 12],
    ['0', 0],
    ['1TiB', 1024 ** 4],
    ['5', undefined],
    ['5m', undefined],
    ['5mb', undefined],
    ['5 MiB', undefined],
    ['5iB', undefined],
    ['', undefined],
  ]
  for (const [text, bytes] of table) assert.deepEqual([text, parseSize(text)], [text, bytes])
})

test('how a size was meant', () => {
  const table: [string, string | undefined][] = [
    ['5', '5MiB'],
    ['5m', '5MiB'],
    ['5Mi', '5MiB'],
    ['5mb', '5MB'],
    ['64 kib', '64KiB'],
    ['2 GB', '2GB'],
    ['much', undefined],
  ]
  for (const [text, hint] of table) assert.deepEqual([text, sizeHint(text)], [text, hint])
})
