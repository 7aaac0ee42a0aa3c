import type { DataHealth } from './data-health.ts'
import type { AgentCounts, OutputCounts } from './read-output-counts.ts'

export interface Look {
  readonly atMs: number
  /** undefined: what answered was no Picket. */
  readonly counts: AgentCounts | undefined
}

/** What is kept of a pod between looks. */
export interface LooksAt {
  readonly previous: Look | undefined
  readonly last: Look | undefined
  /** Of looks that failed since the last that did not. */
  readonly failures: number
  /** Of the last failure; ''. */
  readonly error: string
}

export const NOT_LOOKED: LooksAt = { previous: undefined, last: undefined, failures: 0, error: '' }

/** One lost look may be the network's or a busy second's. */
const UNREACHABLE_AFTER = 2
/** Nearer looks are not compared: an output flushes at its own interval. */
const APART_MS = 10_000
/** Younger lines may be waiting for their flush alone. */
const OLD_LINE_SECONDS = 30

export const seen = (looks: LooksAt, look: Look): LooksAt => {
  const { previous, last } = looks
  const isApart = last !== undefined && look.atMs - last.atMs >= APART_MS
  return { previous: isApart ? last : previous, last: look, failures: 0, error: '' }
}

export const missed = (looks: LooksAt, error: string): LooksAt => ({ ...looks, failures: looks.failures + 1, error })

const unknown = (detail: string): DataHealth => ({
  verdict: 'unknown',
  detail,
  lagSeconds: 0,
  droppedPerMinute: 0,
  rejectedPerMinute: 0,
  failedRequestsPerMinute: 0,
})

interface Pair {
  readonly output: string
  readonly before: OutputCounts
  readonly now: OutputCounts
}

const pairsOf = (before: AgentCounts, now: AgentCounts): readonly Pair[] =>
  [...now.outputs].flatMap(([output, counts]) => {
    const earlier = before.outputs.get(output)
    return earlier ? [{ output, before: earlier, now: counts }] : []
  })

const progress = ({ before, now }: Pair): number => now.settled - before.settled
const hasWork = ({ before, now }: Pair): boolean => now.lagBytes > 0 && before.lagBytes > 0

const isStuck = (pair: Pair): boolean => {
  const { before, now } = pair
  if (progress(pair) > 0 || !hasWork(pair)) return false
  const grows = now.lagBytes > before.lagBytes || now.lagSeconds > before.lagSeconds
  return now.held || (grows && (now.lagSeconds === 0 || now.lagSeconds >= OLD_LINE_SECONDS))
}

const stuckText = ({ output, now }: Pair, seconds: number): string =>
  `output ${output}: nothing delivered for ${Math.round(seconds)} s while ${now.lagBytes} bytes wait${now.held ? '; the output is held' : ''}`

type Verdict = Pick<DataHealth, 'verdict' | 'detail'>
const judge = (pairs: readonly Pair[], seconds: number): Verdict => {
  const stuck = pairs.filter(isStuck)
  if (stuck.length > 0)
    return { verdict: 'ships_nothing', detail: stuck.map((pair) => stuckText(pair, seconds)).join('; ') }
  if (pairs.some((pair) => progress(pair) > 0)) return { verdict: 'delivering', detail: '' }
  return pairs.some(hasWork)
    ? { verdict: 'unknown', detail: 'lines wait, though not for long' }
    : { verdict: 'idle', detail: '' }
}

const compared = (before: AgentCounts, now: AgentCounts, seconds: number): DataHealth => {
  const pairs = pairsOf(before, now)
  const perMinute = (of: (counts: OutputCounts) => number): number =>
    (pairs.reduce((sum, pair) => sum + Math.max(0, of(pair.now) - of(pair.before)), 0) * 60) / seconds
  return {
    ...judge(pairs, seconds),
    lagSeconds: Math.max(0, ...pairs.map((pair) => pair.now.lagSeconds)),
    droppedPerMinute: perMinute(({ dropped }) => dropped),
    rejectedPerMinute: perMinute(({ rejected }) => rejected),
    failedRequestsPerMinute: perMinute(({ failedRequests }) => failedRequests),
  }
}

export const judgeHealth = ({ previous, last, failures, error }: LooksAt): DataHealth => {
  if (failures >= UNREACHABLE_AFTER) return { ...unknown(error), verdict: 'unreachable' }
  if (last && !last.counts) return unknown('its metrics say nothing of outputs')
  if (!previous?.counts || !last?.counts) return unknown('not looked at twice yet')
  if (previous.counts.startedSeconds !== last.counts.startedSeconds) return unknown('it has started anew')
  return compared(previous.counts, last.counts, (last.atMs - previous.atMs) / 1000)
}
