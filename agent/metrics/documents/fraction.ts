/** Metricbeat's precision: four digits after the point (elastic-agent-system-metrics, metric.Round). */
export const rounded = (value: number): number => Math.round(value * 10_000) / 10_000

/** 0 where there is nothing to be a part of. */
export const fraction = (part: number, whole: number): number => (whole > 0 ? rounded(part / whole) : 0)
