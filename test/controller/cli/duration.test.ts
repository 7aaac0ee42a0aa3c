import assert from 'node:assert/strict'
import test from 'node:test'
import { duration } from '../../../controller/cli/duration.ts'

const M = 60
const H = 3600
const D = 86_400
const Y = 365 * D

/** What kubectl shows for the same age (apimachinery, pkg/util/duration/duration_test.go). */
const AGES: readonly (readonly [seconds: number, text: string])[] = [
  [-3, '0s'],
  [0, '0s'],
  [1.9, '1s'],
  [70, '70s'],
  [119, '119s'],
  [2 * M, '2m'],
  [2 * M + 20, '2m20s'],
  [10 * M, '10m'],
  [10 * M + 20, '10m'],
  [179 * M, '179m'],
  [3 * H, '3h'],
  [3 * H + 5 * M, '3h5m'],
  [8 * H + 5 * M, '8h'],
  [47 * H, '47h'],
  [48 * H, '2d'],
  [48 * H + 5 * H, '2d5h'],
  [8 * D + 5 * H, '8d'],
  [700 * D, '700d'],
  [2 * Y, '2y'],
  [2 * Y + 30 * D, '2y30d'],
  [8 * Y + 30 * D, '8y'],
]
for (const [seconds, text] of AGES)
  test(`an age of ${seconds} s is shown as ${text}`, () => assert.equal(duration(seconds * 1000), text))
