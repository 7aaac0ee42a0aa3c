import { type Look, samplesOf, valuesByLabel } from './look.ts'

const DIRECTIONS = { in: 'receive', out: 'transmit' } as const
const FIELDS = { bytes: 'bytes', packets: 'packets', errors: 'errs', dropped: 'drop' } as const

type Direction = keyof typeof DIRECTIONS

const familyOf = (direction: Direction, field: keyof typeof FIELDS): string =>
  `node_network_${DIRECTIONS[direction]}_${FIELDS[field]}_total`

const interfaceDocuments = (look: Look): Record<string, unknown>[] => {
  const counted = (direction: Direction) => {
    const families = Object.keys(FIELDS) as (keyof typeof FIELDS)[]
    const values = families.map((field) => [field, valuesByLabel(look, familyOf(direction, field), 'device')] as const)
    return (device: string) => Object.fromEntries(values.map(([field, by]) => [field, by.get(device)]))
  }
  const [received, sent] = [counted('in'), counted('out')]
  return samplesOf(look, familyOf('in', 'bytes')).map(({ labels }) => {
    const name = String(labels.device)
    return { system: { network: { name, in: received(name), out: sent(name) } } }
  })
}

/** Of all interfaces together. One that was made anew counts from nothing; one that has just come has no period yet. */
const countedBetween = (before: Look, now: Look, family: string): number => {
  const earlier = valuesByLabel(before, family, 'device')
  return samplesOf(now, family).reduce((sum, { labels, value }) => {
    const was = earlier.get(String(labels.device)) ?? value
    return sum + (value >= was ? value - was : value)
  }, 0)
}

/**
 * Kibana's Hosts adds these up and divides by the time between the documents, so they are what was counted in this period
 * (ECS, host.network: "since the last metric collection"). Metricbeat sends them in a document of their own, which names no interface.
 */
const hostDocument = (before: Look, now: Look): Record<string, unknown> => {
  const counted = (direction: Direction) => ({
    bytes: countedBetween(before, now, familyOf(direction, 'bytes')),
    packets: countedBetween(before, now, familyOf(direction, 'packets')),
  })
  return { host: { network: { ingress: counted('in'), egress: counted('out') } } }
}

const seesNetwork = (look: Look): boolean => samplesOf(look, familyOf('in', 'bytes')).length > 0

/** One document an interface with what it counted since the start, and from the second look on one for the host. */
export const networkDocuments = (now: Look, before: Look | undefined): Record<string, unknown>[] => {
  const host = before && seesNetwork(before) && seesNetwork(now) ? [hostDocument(before, now)] : []
  return [...interfaceDocuments(now), ...host]
}
