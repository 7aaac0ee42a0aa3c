import type { Clock } from '../../lib/io/clock.ts'
import { createTokenBucket, type TokenBucket } from '../../lib/kube/token-bucket.ts'
import type { ClusterEvent } from '../cluster.ts'

/** One Event object of the cluster, which stands for `count` equal events. */
export interface Series {
  readonly event: ClusterEvent
  readonly name: string
  readonly count: number
  readonly firstMs: number
  readonly lastMs: number
}

export interface EventSeries {
  /** What is to be written for an event; undefined: its object has had its share. */
  admit(event: ClusterEvent): Series | undefined
}

/** client-go tools/record events_cache.go: as many objects are remembered, equal events counted together for so long, */
const MAX_SERIES = 4096
const SERIES_MS = 600_000
/** and of one object's events so many are written at once and later one every 5 minutes: a mass of creates is no mass of Events. */
const PER_OBJECT = { perSecond: 1 / 300, burst: 25 } as const

const keyOf = ({ about, type, reason, message }: ClusterEvent): string =>
  JSON.stringify([about.kind, about.identity.uid, type, reason, message])

/** The one that has not been touched for the longest time goes first: maps keep their order. */
const keep = <T>(map: Map<string, T>, key: string, value: T): void => {
  map.delete(key)
  map.set(key, value)
  const [oldest] = map.keys()
  if (map.size > MAX_SERIES && oldest !== undefined) map.delete(oldest)
}

export const createEventSeries = (clock: Clock): EventSeries => {
  const series = new Map<string, Series>()
  const shares = new Map<string, TokenBucket>()
  let made = 0

  const fits = ({ about }: ClusterEvent): boolean => {
    const { uid } = about.identity
    const share = shares.get(uid) ?? createTokenBucket(PER_OBJECT, clock)
    keep(shares, uid, share)
    return share.has()
  }

  /** As client-go names them: the object's name and a number that grows. */
  const nameOf = ({ about }: ClusterEvent, nowMs: number): string => {
    made = (made + 1) % 1_000_000
    return `${about.identity.name}.${(BigInt(nowMs) * 1_000_000n + BigInt(made)).toString(16)}`
  }

  const admit = (event: ClusterEvent): Series | undefined => {
    if (!fits(event)) return undefined
    const nowMs = clock.now()
    const key = keyOf(event)
    const before = series.get(key)
    const goesOn = before !== undefined && nowMs - before.lastMs < SERIES_MS
    const one: Series = goesOn
      ? { ...before, count: before.count + 1, lastMs: nowMs }
      : { event, name: nameOf(event, nowMs), count: 1, firstMs: nowMs, lastMs: nowMs }
    keep(series, key, one)
    return one
  }
  return { admit }
}
