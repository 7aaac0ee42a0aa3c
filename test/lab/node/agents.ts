import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { eventually } from '../../support/eventually.ts'
import { memoryGroup } from './cgroups.ts'
import type { NodeLab } from './lab.ts'
import { RELEASE_NAMESPACE } from './release.ts'

/** One of Picket's pods as the checks look at it. */
export interface PicketPod {
  readonly name: string
  readonly uid: string
  readonly node: string
  readonly address: string
  readonly isReady: boolean
  readonly isLeaving: boolean
  readonly phase: string
  readonly image: string
  readonly revision: string
  readonly containerId: string
  readonly restarts: number
  /** Why its container ended before: `OOMKilled`, `Error`. */
  readonly lastEnd: string
}

interface RawPod {
  readonly metadata: {
    readonly name: string
    readonly uid: string
    readonly deletionTimestamp?: string
    readonly labels: Readonly<Record<string, string>>
  }
  readonly spec: { readonly nodeName?: string; readonly containers: readonly { readonly image: string }[] }
  readonly status: {
    readonly phase: string
    readonly podIP?: string
    readonly conditions?: readonly { readonly type: string; readonly status: string }[]
    readonly containerStatuses?: readonly {
      readonly containerID?: string
      readonly restartCount: number
      readonly lastState?: { readonly terminated?: { readonly reason: string; readonly exitCode: number } }
    }[]
  }
}

const shape = ({ metadata, spec, status }: RawPod): PicketPod => {
  const [container] = status.containerStatuses ?? []
  return {
    name: metadata.name,
    uid: metadata.uid,
    node: spec.nodeName ?? '',
    address: status.podIP ?? '',
    isReady: status.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') ?? false,
    isLeaving: metadata.deletionTimestamp !== undefined,
    phase: status.phase,
    image: spec.containers[0]?.image ?? '',
    revision: metadata.labels['controller-revision-hash'] ?? '',
    containerId: (container?.containerID ?? '').replace(/^.*:\/\//, ''),
    restarts: container?.restartCount ?? 0,
    lastEnd: container?.lastState?.terminated?.reason ?? '',
  }
}

export const PODS = `/api/v1/namespaces/${RELEASE_NAMESPACE}/pods`

export const picketPods = async (
  { cluster }: NodeLab,
  component: 'agent' | 'controller',
): Promise<readonly PicketPod[]> => {
  const selector = `app.kubernetes.io/name=picket,app.kubernetes.io/component=${component}`
  const { items } = await cluster.ask<{ items: RawPod[] }>(
    'GET',
    `${PODS}?labelSelector=${encodeURIComponent(selector)}`,
  )
  return items.map(shape).sort((a, b) => (a.node < b.node ? -1 : 1))
}

const DEADLINE_MS = 90_000

/** The agent of a node, once it is Ready and is not `before`, a pod, nor a container of before. */
export const agentOn = (lab: NodeLab, node: string, before?: PicketPod): Promise<PicketPod> =>
  eventually(
    `a${before ? 'nother' : ''} ready agent on ${node}`,
    async () => {
      const pods = (await picketPods(lab, 'agent')).filter((pod) => pod.node === node)
      const found = pods.find((pod) => pod.isReady && !pod.isLeaving && pod.containerId !== before?.containerId)
      if (found) return found
      throw new Error(JSON.stringify(pods))
    },
    DEADLINE_MS,
  )

/** Of its container, as the machine numbers processes; the lowest is the container's first. */
export const pidOf = (pod: Pick<PicketPod, 'name' | 'containerId'>): number => {
  const group = memoryGroup(pod.containerId)
  if (group === undefined) throw new Error(`no control group of ${pod.name}`)
  return Math.min(...readFileSync(join(group, 'cgroup.procs'), 'utf8').trim().split('\n').map(Number))
}
