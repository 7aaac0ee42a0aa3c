import type { MetricFamily, MetricKind, MetricLabels, MetricSample } from '../event.ts'

const NO_LABELS: MetricLabels = {}

/** A family of one series without labels. */
export const single = (kind: MetricKind, name: string, help: string, value: number): MetricFamily => ({
  name,
  help,
  kind,
  samples: [{ labels: NO_LABELS, value }],
})

export const family = (
  kind: MetricKind,
  name: string,
  help: string,
  samples: readonly MetricSample[],
): MetricFamily => ({ name, help, kind, samples })
