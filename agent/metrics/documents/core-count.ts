import { type Look, samplesOf } from './look.ts'

/** The processors that are on; undefined where the collector says nothing. */
export const coreCount = (look: Look): number | undefined =>
  samplesOf(look, 'node_cpu_seconds_total').filter(({ labels }) => labels.mode === 'idle').length || undefined
