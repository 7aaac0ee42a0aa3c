import assert from 'node:assert/strict'
import test from 'node:test'
import type { Positions, TailedFile } from '../../../agent/event.ts'
import { createRoster, RETRY_MS, type Roster } from '../../../agent/feed/roster.ts'

const positions: Positions = { start: () => 0, commit: () => {}, ending: () => undefined, finish: () => {} }

const fileOf = (i: number): TailedFile =>
  ({ chain: `c${i}`, size: 1, state: 'growing', predecessor: undefined }) as unknown as TailedFile

/** As the lane does with files whose pods are not known; returns how many it looked at. */
const delayAll = (roster: Roster): number => {
  let looks = 0
  for (let cursor = roster.next(); cursor; cursor = roster.next(), looks++) roster.delay(cursor)
  return looks
}

const withDelayed = (count: number): Roster => {
  const roster = createRoster('out', positions)
  for (let i = 0; i < count; i++) roster.appeared(fileOf(i))
  roster.retryDelayed(0)
  assert.equal(delayAll(roster), count)
  return roster
}

test('thousands of files that wait for their pods are looked at a few times a second, however often the lane wakes', () => {
  const roster = withDelayed(1000)
  let looks = 0
  for (let ms = 1; ms < 1000; ms++) {
    roster.retryDelayed(ms)
    looks += delayAll(roster)
    assert.ok(roster.retryInMs(ms) <= RETRY_MS)
  }
  assert.equal(looks, 3 * 1000)
})

test('a few files that wait for their pods are looked at whenever the lane wakes', () => {
  const roster = withDelayed(10)
  roster.retryDelayed(1)
  assert.equal(delayAll(roster), 10)
  assert.equal(roster.retryInMs(1), RETRY_MS)
})
