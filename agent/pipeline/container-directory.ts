import type { PodFacts } from '../enrich/pod-fields.ts'
import type { ContainerOrigin, FileListener } from '../event.ts'
import type { ContainerFacts, ContainerNames } from '../metrics/container-facts.ts'

/** Whose the node's containers are: from the API server where it is asked, else from the names of their logs. */
export interface ContainerDirectory {
  readonly names: ContainerFacts
  /** Learns from the files that appear. */
  readonly files: FileListener
  /** From now on, pods are known by uid (a static pod's: its configuration's hash). */
  ask(pod: (uid: string) => PodFacts | undefined): void
}

/** Ten times what kubelet's largest nodes run; the oldest is forgotten first. */
const MAX_REMEMBERED = 10_000

const remember = <V>(map: Map<string, V>, key: string, value: V): void => {
  map.delete(key)
  if (map.size >= MAX_REMEMBERED) map.delete(map.keys().next().value as string)
  map.set(key, value)
}

/** Facts have dots replaced (agent/enrich/select-keys.ts). */
const selectLabels = ({ labels }: PodFacts, wanted: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    wanted.flatMap((name) => {
      const text = labels[name.replaceAll('.', '_')]
      return text === undefined ? [] : [[name, text]]
    }),
  )

const nameIn = ({ containers }: PodFacts, id: string): string | undefined =>
  containers.find(({ runs }) => runs.some((run) => run.id === id))?.name

export const createContainerDirectory = (podLabels: readonly string[]): ContainerDirectory => {
  const byContainer = new Map<string, ContainerOrigin>()
  const byPod = new Map<string, ContainerOrigin>()
  let podOf: (uid: string) => PodFacts | undefined = () => undefined

  const learn = (origin: ContainerOrigin): void => {
    if (origin.containerId) remember(byContainer, origin.containerId, origin)
    if (origin.podUid) remember(byPod, origin.podUid, origin)
  }
  const fromApi = (pod: PodFacts, id: string): ContainerNames => ({
    namespace: pod.namespace,
    pod: pod.name,
    container: nameIn(pod, id) ?? byContainer.get(id)?.container ?? '',
    podLabels: selectLabels(pod, podLabels),
  })
  const fromPaths = (id: string, uid: string): ContainerNames | undefined => {
    const own = byContainer.get(id)
    const { namespace, pod } = own ?? byPod.get(uid) ?? {}
    if (namespace === undefined || pod === undefined) return undefined
    return { namespace, pod, container: own?.container ?? '', podLabels: {} }
  }
  return {
    names: (id, uid) => {
      const pod = podOf(uid)
      return pod === undefined ? fromPaths(id, uid) : fromApi(pod, id)
    },
    files: {
      appeared: ({ origin }) => {
        if (origin.kind === 'container') learn(origin)
      },
      changed: () => {},
    },
    ask: (pod) => {
      podOf = pod
    },
  }
}
