export type FamilyKind = 'counter' | 'gauge' | 'histogram' | 'info' | 'unknown'

export type Labels = Readonly<Record<string, string | number>>

export interface Sample {
  /** The sample's own name where it is not the family's: <family>_bucket, _sum, _count. */
  readonly name?: string | undefined
  readonly labels: Labels
  readonly value: number
}

/**
 * One metric with all its samples, as both expositions are written from. `name` is the name in the text format: a counter's
 * ends in `_total`, an info's in `_info`.
 */
export interface MetricFamily {
  readonly name: string
  readonly help: string
  readonly kind: FamilyKind
  readonly samples: readonly Sample[]
}
