import type { Fields } from '../../lib/log/logger.ts'
import type { Observation, Plan } from '../cluster.ts'
import type { Act } from './act.ts'
import { decisionOf } from './decision.ts'
import { createLruCache } from './lru-cache.ts'

/** Writes one line of kind dry_run. Without a share of lines in a time: every decision is to be seen. */
export type SayDecision = (fields: Fields) => void

/** DaemonSets whose last decisions are known. */
const REMEMBERED = 1000

/** What a line says, by what makes it another decision. `pod`: of one that is to be deleted. */
interface Line {
  readonly key: string
  readonly pod: string | undefined
  readonly fields: Fields
}

const lineOf = (fields: Fields, ...identity: readonly string[]): Line => ({
  key: JSON.stringify([...identity, fields]),
  pod: undefined,
  fields,
})

const linesOf = ({ claims, history, pods, cleanup, status, events }: Plan): readonly Line[] => [
  ...[...claims, ...history, ...pods, ...cleanup].map((action): Line => {
    const fields = { ...decisionOf(action) }
    if (action.kind !== 'delete_pod') return lineOf(fields)
    return { ...lineOf(fields, action.pod.uid), pod: action.pod.uid }
  }),
  ...(status
    ? [lineOf({ what: 'write_status', status, why: 'The numbers are others than those that are there.' })]
    : []),
  ...events.map(({ about, reason, message }) =>
    lineOf({ what: 'record_event', object: about.identity.name, reason, why: message }, about.kind, about.identity.uid),
  ),
]

/**
 * Act that does nothing. A decision that stands is made again in every turn, since nothing comes of it, and is said once: again only after
 * a turn without it. That of a failed pod comes and goes with its backoff; so a deletion is said once as long as the pod is there.
 */
export const createDryRun = (say: SayDecision): Act => {
  const said = createLruCache<readonly Line[]>(REMEMBERED)

  const kept = (observation: Observation): readonly Line[] => {
    const there = new Set(observation.pods.map(({ uid }) => uid))
    return (said.get(observation.daemonSet.uid) ?? []).filter(({ pod }) => pod !== undefined && there.has(pod))
  }

  return async (observation, plan) => {
    const { namespace, name, uid } = observation.daemonSet
    const lines = linesOf(plan)
    const before = new Set((said.get(uid) ?? []).map(({ key }) => key))
    for (const { key, fields } of lines) if (!before.has(key)) say({ namespace, daemonset: name, ...fields })
    const now = new Map([...kept(observation), ...lines].map((line) => [line.key, line]))
    said.set(uid, [...now.values()])
    return undefined
  }
}
