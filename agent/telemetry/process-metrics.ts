import type { MetricSet } from './metric-set.ts'
import {
  parseBootTime,
  parseMaxFds,
  parseMaxVirtual,
  parseOctets,
  parseProcessMemory,
  parseProcessStat,
  TICKS_PER_SECOND,
} from './process-stat.ts'
import type { Stats } from './stats.ts'

/** The reads that process metrics need; `/proc` behind a seam. */
export interface ProcReader {
  readText(path: string): string
  countEntries(path: string): number
}

/**
 * The usual process_* metrics, read at scrape time only. prom-client's own collector keeps a 10 ms timer, a GC observer and
 * two histograms alive, which an agent that idles at 0.2 % of a core cannot afford.
 */
export const createProcessMetrics = (proc: ProcReader, metrics: MetricSet): (() => Stats) => {
  // Neither changes while the process lives.
  let fixed:
    | {
        readonly startSeconds: number
        readonly maxFds: number | undefined
        readonly maxVirtual: number | undefined
      }
    | undefined

  const readFixed = (startTicks: number): NonNullable<typeof fixed> => {
    const limits = proc.readText('self/limits')
    return {
      startSeconds: parseBootTime(proc.readText('stat')) + startTicks / TICKS_PER_SECOND,
      maxFds: parseMaxFds(limits),
      maxVirtual: parseMaxVirtual(limits),
    }
  }

  const addOctets = (): void => {
    const octets = parseOctets(proc.readText('self/net/netstat'))
    for (const [key, value] of [
      ['receivedBytes', octets?.received],
      ['transmittedBytes', octets?.sent],
    ] as const) {
      metrics.clear(key)
      if (value !== undefined) metrics.add(key, {}, value)
    }
  }

  return () => {
    const stat = parseProcessStat(proc.readText('self/stat'))
    const memory = parseProcessMemory(proc.readText('self/status'))
    fixed ??= readFixed(stat.startTicks)
    metrics.clear('cpuSeconds')
    metrics.add('cpuSeconds', {}, stat.cpuSeconds)
    metrics.set('residentBytes', {}, memory.residentBytes)
    metrics.set('anonymousBytes', {}, memory.anonymousBytes)
    metrics.set('virtualBytes', {}, memory.virtualBytes)
    metrics.set('openFds', {}, proc.countEntries('self/fd'))
    metrics.set('startTime', {}, fixed.startSeconds)
    addOctets()
    if (fixed.maxVirtual !== undefined) metrics.set('maxVirtualBytes', {}, fixed.maxVirtual)
    if (fixed.maxFds !== undefined) metrics.set('maxFds', {}, fixed.maxFds)
    return {}
  }
}
