import type { MetricSet } from './metric-set.ts'
import { CHUNK_STATES, type PodStats, type QueueStats, type SourceStats, type Stats, type StoreStats } from './stats.ts'

const collectSource = (metrics: MetricSet, stats: SourceStats): void => {
  const { source, trackedFiles, openFiles, unreadableFiles, waitingLogs, deletedHeldBytes, deletedUnsettledBytes } =
    stats
  metrics.set('trackedFiles', { source }, trackedFiles)
  metrics.set('openFiles', { source }, openFiles)
  metrics.set('unreadableFiles', { source }, unreadableFiles)
  metrics.set('waitingLogs', { source }, waitingLogs)
  metrics.set('deletedHeldBytes', { source }, deletedHeldBytes)
  metrics.set('deletedUnsettledBytes', { source }, deletedUnsettledBytes)
}

const collectQueue = (metrics: MetricSet, { output, limitBytes, states }: QueueStats): void => {
  metrics.set('queueLimitBytes', { output }, limitBytes)
  for (const state of CHUNK_STATES) {
    metrics.set('queueChunks', { output, state }, states[state]?.chunks ?? 0)
    metrics.set('queueBytes', { output, state }, states[state]?.bytes ?? 0)
  }
}

const collectStore = (metrics: MetricSet, { output, usedBytes, limitBytes }: StoreStats): void => {
  metrics.set('storeUsedBytes', { output }, usedBytes)
  metrics.set('storeLimitBytes', { output }, limitBytes)
}

/** A counter that a part keeps itself. */
const setTotal = (metrics: MetricSet, key: 'evictedPods' | 'lostLogLines', total: number): void => {
  metrics.clear(key)
  metrics.add(key, {}, total)
}

const collectPods = (metrics: MetricSet, { known, evicted, blindMs }: PodStats): void => {
  metrics.set('knownPods', {}, known)
  metrics.set('watchBlind', {}, blindMs / 1000)
  setTotal(metrics, 'evictedPods', evicted)
}

const collectOne = (metrics: MetricSet, stats: Stats): void => {
  for (const source of stats.sources ?? []) collectSource(metrics, source)
  for (const { source, output, bytes } of stats.lags ?? []) metrics.set('lagBytes', { source, output }, bytes)
  for (const { output, ageMs } of stats.ages ?? []) metrics.set('lagSeconds', { output }, ageMs / 1000)
  for (const queue of stats.queues ?? []) collectQueue(metrics, queue)
  for (const store of stats.stores ?? []) collectStore(metrics, store)
  for (const { output, bytes, limitBytes } of stats.deadLetters ?? []) {
    metrics.set('deadLetterBytes', { output }, bytes)
    metrics.set('deadLetterLimitBytes', { output }, limitBytes)
  }
  if (stats.pods) collectPods(metrics, stats.pods)
  if (stats.lostLogLines !== undefined) setTotal(metrics, 'lostLogLines', stats.lostLogLines)
  if (stats.checkpointAgeMs !== undefined) metrics.set('checkpointAge', {}, stats.checkpointAgeMs / 1000)
}

const GAUGES = [
  'trackedFiles',
  'openFiles',
  'unreadableFiles',
  'waitingLogs',
  'deletedHeldBytes',
  'deletedUnsettledBytes',
  'lagBytes',
  'lagSeconds',
  'queueChunks',
  'queueBytes',
] as const

/** Fills the gauges that parts report only when asked. A part that throws is counted; the others are not its hostages. */
export const collectStats = (metrics: MetricSet, parts: ReadonlyMap<string, () => Stats>): void => {
  for (const key of GAUGES) metrics.clear(key)
  for (const [part, read] of parts) {
    try {
      collectOne(metrics, read())
    } catch {
      metrics.add('statsFailures', { part })
    }
  }
}
