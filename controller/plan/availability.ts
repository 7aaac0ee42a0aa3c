import type { Pod } from '../cluster.ts'

export const isReady = ({ ready }: Pod): boolean => ready?.status === 'True'

/** Ready for minReadySeconds; the very moment counts, as in newer releases of pkg/api/v1/pod IsPodAvailable. */
export const isAvailable = (pod: Pod, minReadySeconds: number, nowMs: number): boolean => {
  if (pod.ready?.status !== 'True') return false
  if (minReadySeconds === 0) return true
  const { sinceMs } = pod.ready
  return sinceMs > 0 && sinceMs + minReadySeconds * 1000 <= nowMs
}
