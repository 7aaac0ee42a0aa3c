import type { AuditEvent } from '../kubernetes/audit-log.ts'
import type { Cluster } from '../kubernetes/cluster.ts'
import { type ScenePod, shapePod } from './daemon-set.ts'

export interface PodWrite {
  readonly user: string
  readonly atMs: number
  readonly pod: ScenePod
}

const ofPods = (cluster: Cluster, namespace: string, verb: string): AuditEvent[] =>
  cluster
    .audited()
    .filter(
      ({ verb: was, objectRef, responseStatus }) =>
        was === verb &&
        objectRef?.resource === 'pods' &&
        objectRef.subresource === undefined &&
        objectRef.namespace === namespace &&
        (responseStatus?.code ?? 0) < 300,
    )

const toWrite = ({ user, stageTimestamp, responseObject }: AuditEvent): PodWrite => ({
  user: user.username,
  atMs: Date.parse(stageTimestamp),
  pod: shapePod(responseObject as object),
})

/** Pods of a namespace that were created, in order. */
export const podsCreated = (cluster: Cluster, namespace: string): PodWrite[] =>
  ofPods(cluster, namespace, 'create').map(toWrite)

/** Pods whose deletion was asked for; `pod` is as it was then. */
export const podsDeleted = (cluster: Cluster, namespace: string): PodWrite[] =>
  ofPods(cluster, namespace, 'delete')
    .filter(({ responseObject }) => (responseObject as { kind?: string } | undefined)?.kind === 'Pod')
    .map(toWrite)

/** How many creates of pods the server refused. */
export const createsRefused = (cluster: Cluster, namespace: string, user: string): number =>
  cluster
    .audited()
    .filter(
      ({ verb, user: { username }, objectRef, responseStatus }) =>
        verb === 'create' &&
        username === user &&
        objectRef?.resource === 'pods' &&
        objectRef.namespace === namespace &&
        (responseStatus?.code ?? 0) >= 400,
    ).length

export const countBy = <T>(items: readonly T[], keyOf: (item: T) => string): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {}
  for (const item of items) counts[keyOf(item)] = (counts[keyOf(item)] ?? 0) + 1
  return Object.fromEntries(Object.entries(counts).sort())
}

const told = ({ verb, objectRef }: AuditEvent): string =>
  `${verb} ${objectRef?.resource ?? '?'}${objectRef?.subresource ? `/${objectRef.subresource}` : ''}`

/** What a user asked of the server since `from` (an index into the log), as `update leases`, `watch pods`. */
export const requestsSince = (cluster: Cluster, from: number, user: string): string[] =>
  cluster
    .audited()
    .slice(from)
    .filter(({ user: { username } }) => username === user)
    .map(told)
