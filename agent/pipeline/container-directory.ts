import type { PodFacts } from '../enrich/pod-fields.ts'
import type { ContainerOrigin, Origin } from '../event.ts'
import type { ContainerFacts, ContainerNames } from '../metrics/container-facts.ts'

/** Whose the node's containers are: from the API server where it is asked, else from the names of their logs. */
export interface ContainerDirectory {
  readonly facts: ContainerFacts
  /** From now on, these logs are known as well. They are asked at each look: of containers that are gone nothing is kept. */
  know(logs: () => Iterable<Origin>): void
  /** From now on, pods are known by uid (a static pod's: its configuration's hash). */
  ask(pod: (uid: string) => PodFacts | undefined): void
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

interface Logs {
  readonly byContainer: ReadonlyMap<string, ContainerOrigin>
  readonly byPod: ReadonlyMap<string, ContainerOrigin>
}

const indexed = (origins: Iterable<Origin>): Logs => {
  const byContainer = new Map<string, ContainerOrigin>()
  const byPod = new Map<string, ContainerOrigin>()
  for (const origin of origins) {
    if (origin.kind !== 'container') continue
    if (origin.containerId) byContainer.set(origin.containerId, origin)
    if (origin.podUid) byPod.set(origin.podUid, origin)
  }
  return { byContainer, byPod }
}

export const createContainerDirectory = (podLabels: readonly string[]): ContainerDirectory => {
  const sources: (() => Iterable<Origin>)[] = []
  let podOf: (uid: string) => PodFacts | undefined = () => undefined

  const fromApi = (pod: PodFacts, id: string, { byContainer }: Logs): ContainerNames => ({
    namespace: pod.namespace,
    pod: pod.name,
    container: nameIn(pod, id) ?? byContainer.get(id)?.container ?? '',
    podLabels: selectLabels(pod, podLabels),
  })
  const fromPaths = (id: string, uid: string, { byContainer, byPod }: Logs): ContainerNames | undefined => {
    const own = byContainer.get(id)
    const { namespace, pod } = own ?? byPod.get(uid) ?? {}
    if (namespace === undefined || pod === undefined) return undefined
    return { namespace, pod, container: own?.container ?? '', podLabels: {} }
  }
  return {
    facts: () => {
      const logs = indexed(Iterator.from(sources).flatMap((source) => source()))
      return (id, uid) => {
        const pod = podOf(uid)
        return pod === undefined ? fromPaths(id, uid, logs) : fromApi(pod, id, logs)
      }
    },
    know: (logs) => void sources.push(logs),
    ask: (pod) => {
      podOf = pod
    },
  }
}
