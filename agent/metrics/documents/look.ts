import type { MetricFamily, MetricLabels, MetricSample } from '../../event.ts'

/** The node at one moment, by the names of node_exporter. */
export interface Look {
  /** Of a clock that nobody sets: what was counted is divided by it. */
  readonly monotonicMs: number
  readonly families: ReadonlyMap<string, MetricFamily>
}

export const lookAt = (families: readonly MetricFamily[], monotonicMs: number): Look => ({
  monotonicMs,
  families: new Map(families.map((family) => [family.name, family])),
})

export const samplesOf = (look: Look, name: string): readonly MetricSample[] => look.families.get(name)?.samples ?? []

/** The value of a family of one series; undefined where the node does not have it. */
export const singleOf = (look: Look, name: string): number | undefined => samplesOf(look, name)[0]?.value

/** A family's values by what `key` makes of their labels. */
export const valuesBy = (
  look: Look,
  name: string,
  key: (labels: MetricLabels) => string,
): ReadonlyMap<string, number> => new Map(samplesOf(look, name).map(({ labels, value }) => [key(labels), value]))

/** By one label. */
export const valuesByLabel = (look: Look, name: string, label: string): ReadonlyMap<string, number> =>
  valuesBy(look, name, (labels) => String(labels[label]))
