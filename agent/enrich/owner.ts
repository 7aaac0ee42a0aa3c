import { asArray, asObject, asText, type Json } from './json-value.ts'

export type OwnerKind = 'deployment' | 'replicaset' | 'daemonset' | 'statefulset' | 'cronjob' | 'job'

export interface Owner {
  readonly kind: OwnerKind
  readonly name: string
}

const DAY_MS = 86_400_000

/** Retries of a job's pod come later than its schedule; a month later it is not the same run any more. */
const LATEST_RETRY_MS = 31 * DAY_MS

/**
 * CronJobs name their jobs `<name>-<schedule time in minutes since 1970>` (kubernetes, pkg/controller/cronjob/utils.go getJobName). A job of
 * somebody who likes eight digits is told from that by the pod's own time of creation.
 */
const cronJobOf = (job: string, createdMs: number): string | undefined => {
  const [, name, minutes] = /^(.+)-(\d{8})$/.exec(job) ?? []
  if (name === undefined) return undefined
  const sinceMs = createdMs - Number(minutes) * 60_000
  return sinceMs >= -DAY_MS && sinceMs <= LATEST_RETRY_MS ? name : undefined
}

/** Deployments name their ReplicaSets `<name>-<pod-template-hash>` and label the pods with the hash (pkg/controller/deployment/sync.go). */
const deploymentOf = (replicaSet: string, hash: string | undefined): string | undefined =>
  hash !== undefined && replicaSet.length > hash.length + 1 && replicaSet.endsWith(`-${hash}`)
    ? replicaSet.slice(0, -hash.length - 1)
    : undefined

/**
 * The workload that a user deployed, from the pod alone: the agent may not read ReplicaSets and Jobs, and a name of theirs
 * says whose they are. undefined for bare and static pods, and for owners that are not built in.
 */
export const ownerOf = (metadata: Json): Owner | undefined => {
  const reference = asArray(metadata.ownerReferences)
    .map(asObject)
    .find((one) => one.controller === true)
  const name = asText(reference?.name)
  if (reference === undefined || name === undefined) return undefined
  switch (reference.kind) {
    case 'ReplicaSet': {
      const deployment = deploymentOf(name, asText(asObject(metadata.labels)['pod-template-hash']))
      return deployment === undefined ? { kind: 'replicaset', name } : { kind: 'deployment', name: deployment }
    }
    case 'Job': {
      const cronJob = cronJobOf(name, Date.parse(asText(metadata.creationTimestamp) ?? ''))
      return cronJob === undefined ? { kind: 'job', name } : { kind: 'cronjob', name: cronJob }
    }
    case 'DaemonSet':
      return { kind: 'daemonset', name }
    case 'StatefulSet':
      return { kind: 'statefulset', name }
    default:
      return undefined
  }
}
