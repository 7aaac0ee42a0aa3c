/** DaemonSets that the lab's scenes post, and their pods as the checks look at them. */

export interface DaemonSetOptions {
  readonly image?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly updateStrategy?: object
  readonly tolerations?: readonly object[]
  readonly minReadySeconds?: number
  readonly annotations?: Readonly<Record<string, string>>
  /** Of the template's spec, over what is there. */
  readonly podSpec?: object
}

export interface DaemonSet {
  readonly metadata: { readonly name: string; readonly uid: string; readonly generation: number }
  readonly spec: { readonly template: Record<string, unknown> }
  readonly status: {
    readonly observedGeneration?: number
    readonly desiredNumberScheduled: number
    readonly currentNumberScheduled: number
    readonly numberMisscheduled: number
    readonly numberReady: number
    readonly updatedNumberScheduled?: number
    readonly numberAvailable?: number
    readonly collisionCount?: number
  }
}

export interface ScenePod {
  readonly name: string
  readonly uid: string
  /** That it is bound to, else the one that it is pinned to. */
  readonly node: string
  readonly image: string
  readonly hash: string
  readonly phase: string
  readonly ready: boolean
  readonly deleted: boolean
  readonly createdMs: number
}

interface RawPod {
  readonly metadata: {
    readonly name: string
    readonly uid: string
    readonly labels?: Readonly<Record<string, string>>
    readonly deletionTimestamp?: string
    readonly creationTimestamp: string
  }
  readonly spec: {
    readonly nodeName?: string
    readonly containers: readonly { readonly image: string }[]
    readonly affinity?: {
      readonly nodeAffinity?: {
        readonly requiredDuringSchedulingIgnoredDuringExecution?: {
          readonly nodeSelectorTerms: readonly { readonly matchFields?: readonly { readonly values: string[] }[] }[]
        }
      }
    }
  }
  readonly status?: {
    readonly phase?: string
    readonly conditions?: readonly { readonly type: string; readonly status: string }[]
  }
}

const pinnedTo = ({ spec }: RawPod): string => {
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  return required?.nodeSelectorTerms[0]?.matchFields?.[0]?.values[0] ?? ''
}

export const shapePod = (json: object): ScenePod => {
  const raw = json as RawPod
  const { metadata, spec, status } = raw
  return {
    name: metadata.name,
    uid: metadata.uid,
    node: spec.nodeName ?? pinnedTo(raw),
    image: spec.containers[0]?.image ?? '',
    hash: metadata.labels?.['controller-revision-hash'] ?? '',
    phase: status?.phase ?? '',
    ready: status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false,
    deleted: metadata.deletionTimestamp !== undefined,
    createdMs: Date.parse(metadata.creationTimestamp),
  }
}

export const daemonSetBody = (name: string, scene: string, options: DaemonSetOptions): object => ({
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name, annotations: options.annotations ?? {} },
  spec: {
    selector: { matchLabels: { app: name } },
    minReadySeconds: options.minReadySeconds ?? 0,
    ...(options.updateStrategy === undefined ? {} : { updateStrategy: options.updateStrategy }),
    template: {
      metadata: { labels: { app: name, ...options.labels } },
      spec: {
        nodeSelector: { 'lab/scene': scene },
        tolerations: options.tolerations ?? [],
        terminationGracePeriodSeconds: 5,
        containers: [{ name: 'agent', image: options.image ?? 'agent:1' }],
        ...options.podSpec,
      },
    },
  },
})

/** A merge patch of the spec that changes the template by its image alone. */
export const withImage = (image: string): object => ({
  template: { spec: { containers: [{ name: 'agent', image }] } },
})
