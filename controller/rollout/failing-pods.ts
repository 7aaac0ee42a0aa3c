import type { Container, Pod, Revision } from '../cluster.ts'
import type { DataHealth } from '../health/data-health.ts'
import { worseThan } from './compare-health.ts'
import type { RolloutSettings } from './settings.ts'
import type { Site } from './sites.ts'

export interface Failure {
  readonly pod: Pod
  readonly node: string
  /** Continues "pod agent-x on node n …". */
  readonly why: string
}

/** pkg/kubelet/images and kuberuntime: reasons of a waiting container that another try of the same template seldom mends. */
const CANNOT_START: ReadonlySet<string> = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'ImageInspectError',
  'ErrImageNeverPull',
  'InvalidImageName',
  'SignatureValidationFailed',
  'CreateContainerConfigError',
  'CreateContainerError',
  'PreCreateHookError',
  'PreStartHookError',
  'PostStartHookError',
  'RunContainerError',
  'CrashLoopBackOff',
])

const cannotStart = ({ name, waiting }: Container): string | undefined => {
  if (!waiting || !CANNOT_START.has(waiting.reason)) return undefined
  const words = waiting.message === '' ? '' : `: ${waiting.message.slice(0, 300)}`
  return `cannot start container ${name} (${waiting.reason}${words})`
}

const lastExitText = ({ lastExit }: Container): string =>
  lastExit ? `, last exit ${lastExit.code}${lastExit.reason === '' ? '' : ` (${lastExit.reason})`}` : ''

const restartsTooOften = (container: Container, maxRestarts: number): string | undefined =>
  container.restarts > maxRestarts
    ? `has restarted container ${container.name} ${container.restarts} times, more than ${maxRestarts}${lastExitText(container)}`
    : undefined

const firstReason = <T>(items: readonly T[], reason: (item: T) => string | undefined): string | undefined => {
  for (const item of items) {
    const found = reason(item)
    if (found !== undefined) return found
  }
  return undefined
}

const whyFailing = (pod: Pod, settings: RolloutSettings, worse: (pod: Pod) => string | undefined): string | undefined =>
  firstReason(pod.containers, cannotStart) ??
  (settings.autoPause
    ? (firstReason(pod.containers, (c) => restartsTooOften(c, settings.maxRestarts)) ?? worse(pod))
    : undefined)

/**
 * Pods that this rollout has brought. After a return to an earlier template (by hand or by rollback) that template's pods are of two
 * sorts: those that never went, with months of restarts, and those made since. All revisions are older than the latter. Only the cluster's clock is asked.
 */
const broughtSince = (revisions: readonly Revision[], current: Revision): number =>
  Math.max(...revisions.filter(({ owner }) => owner?.uid === current.owner?.uid).map(({ createdMs }) => createdMs))

/** New pods of which the rollout should take notice, with the reason; in the order of their nodes. */
export const failingPods = (
  sites: readonly Site[],
  revisions: { readonly all: readonly Revision[]; readonly current: Revision },
  { settings, excused }: { readonly settings: RolloutSettings; readonly excused: ReadonlySet<string> },
  health: ReadonlyMap<string, DataHealth>,
): readonly Failure[] => {
  const sinceMs = broughtSince(revisions.all, revisions.current)
  const of = (pods: readonly (Pod | undefined)[]): readonly DataHealth[] =>
    pods.map((pod) => pod && health.get(pod.uid)).filter((known) => known !== undefined)
  const older = of(sites.map(({ old }) => old))
  return sites.flatMap(({ node, fresh, dead }) => {
    // A silent kubelet's last words may be of a moment in which the image was not there yet.
    if (!fresh || fresh.createdMs < sinceMs || excused.has(node.name)) return []
    // What a dead node's agent does cannot be known, and the budget for dead nodes has its own say.
    const worse = (pod: Pod): string | undefined =>
      dead === undefined ? firstReason(of([pod]), (known) => worseThan(known, older)) : undefined
    const why = whyFailing(fresh, settings, worse)
    return why === undefined ? [] : [{ pod: fresh, node: node.name, why }]
  })
}
