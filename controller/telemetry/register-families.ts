import type { Metric, Registry } from 'prom-client'

/** A metric whose samples are made when somebody looks. */
export interface Family {
  readonly name: string
  readonly help: string
  readonly kind: 'gauge' | 'counter'
  readonly samples: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[]
}

/** prom-client's registry takes any object of this form for a metric (registerMetric in its lib/registry.js). */
const asMetric = ({ name, help, kind }: Family, samples: () => Family['samples']): Metric =>
  ({
    name,
    help,
    get: () =>
      Promise.resolve({ name, help, type: kind, values: samples().map(({ labels, value }) => ({ labels, value })) }),
    reset() {},
  }) as unknown as Metric

/** `families` has the same names at every call. */
export const registerFamilies = (registry: Registry, families: () => readonly Family[]): void => {
  for (const family of families())
    registry.registerMetric(asMetric(family, () => families().find(({ name }) => name === family.name)?.samples ?? []))
}
