import type { Clock } from '../../lib/io/clock.ts'
import type { Filesystem } from '../../lib/io/filesystem.ts'
import type { KubeClient } from '../../lib/kube/kube-client.ts'
import { type ListWatchOptions, listWatch } from '../../lib/kube/list-watch.ts'
import type { KubeObject } from '../../lib/kube/resource.ts'
import type { ListWatchTuning } from '../../lib/kube/tuning.ts'
import type { AgentEvents, FactsProvider } from '../event.ts'
import { createFileFacts } from './file-facts.ts'
import { createLabelCache, type LabelCache, type Named, namedLabels } from './label-cache.ts'
import { createPodCache } from './pod-cache.ts'
import type { Surroundings } from './pod-document.ts'
import { type PodFacts, type PodSelection, podFacts } from './pod-fields.ts'
import { loadFacts, NOTHING_SAVED, type SavedFacts, saveFacts } from './pod-store.ts'

export interface EnrichOptions extends PodSelection {
  /** This node's name, as in the pods' spec.nodeName. */
  readonly node: string
  /** Labels of the pod's namespace to put into documents; empty: namespaces are not watched. */
  readonly namespaceLabels: readonly string[]
  /** Labels of the node likewise. */
  readonly nodeLabels: readonly string[]
  /** How long a file's lines may wait for a pod that is not known yet. */
  readonly podGraceMs: number
  /** How long facts of pods that are gone are kept, since they went and since their files were last read. */
  readonly goneGraceMs: number
  readonly maxPods: number
  /** pods.json in the state folder; undefined: nothing is kept. */
  readonly statePath: string | undefined
  readonly saveEveryMs: number
  readonly tuning?: Partial<ListWatchTuning>
}

export interface EnrichDeps {
  readonly client: KubeClient
  readonly clock: Clock
  readonly filesystem: Filesystem
  readonly random: () => number
  readonly events: Pick<AgentEvents, 'watchFailed' | 'watchEstablished' | 'stateDamaged' | 'checkpointFailed'>
}

export interface EnrichStats {
  readonly pods: number
  /** Pods forgotten because of maxPods. */
  readonly evicted: number
  /** The watch on pods stands. */
  readonly watching: boolean
  /** For how long it has not, ms; 0 while it does. */
  readonly blindMs: number
}

export interface Enricher {
  readonly provider: FactsProvider
  /** Watches, sweeps and saves until the signal, then saves once more. Never throws. */
  run(signal: AbortSignal): Promise<void>
  save(): void
  /** By what kubelet calls the pod's folders by: its uid, or a static pod's hash of its configuration. */
  pod(folder: string): PodFacts | undefined
  stats(): EnrichStats
}

const restore = ({ statePath, node }: EnrichOptions, { filesystem, events }: EnrichDeps): SavedFacts => {
  if (statePath === undefined) return NOTHING_SAVED
  try {
    return loadFacts(filesystem, statePath, node)
  } catch (error) {
    events.stateDamaged(statePath, `pods of the last run are not known: ${(error as Error).message}`)
    return NOTHING_SAVED
  }
}

const NO_LABELS = {}

/** One object per namespace for as long as neither its labels nor the node's change. */
const createSurroundings = (namespaces: LabelCache, nodes: LabelCache, node: string) => {
  const made = new Map<string, Surroundings>()
  return (namespace: string): Surroundings => {
    const namespaceLabels = namespaces.get(namespace) ?? NO_LABELS
    const nodeLabels = nodes.get(node) ?? NO_LABELS
    const before = made.get(namespace)
    if (before?.namespaceLabels === namespaceLabels && before.nodeLabels === nodeLabels) return before
    const around = { namespaceLabels, nodeLabels }
    if (made.size > 1000) made.clear()
    made.set(namespace, around)
    return around
  }
}

export const createEnricher = (options: EnrichOptions, deps: EnrichDeps): Enricher => {
  const { client, clock, filesystem, events } = deps
  const { node, tuning, statePath } = options
  const saved = restore(options, deps)
  const pods = createPodCache(options)
  pods.load(saved.pods, clock.now())
  const namespaces = createLabelCache(options.namespaceLabels.length === 0 ? {} : saved.namespaces)
  const nodes = createLabelCache(options.nodeLabels.length === 0 ? {} : { [node]: saved.nodeLabels })
  /** Since when the watch on pods does not stand; at the start it does not yet. */
  let blindSinceMs: number | undefined = clock.monotonic()
  let savedChanges = 0
  let saveFailing = false

  const changes = (): number => pods.changes + namespaces.changes + nodes.changes
  const blindMs = (): number => (blindSinceMs === undefined ? 0 : clock.monotonic() - blindSinceMs)
  const provider = createFileFacts({
    find: (origin) => pods.find(origin, clock.now()),
    surroundings: createSurroundings(namespaces, nodes, node),
    // An API server that is away for longer than the grace will not answer within it either: no pod after the first waits for it.
    mayWait: (firstAskedMs) => clock.monotonic() - firstAskedMs < options.podGraceMs && blindMs() < options.podGraceMs,
    nowMs: () => clock.monotonic(),
  })

  const common = (resource: string, path: string, fieldSelector: string | undefined) => ({
    client,
    path,
    query: fieldSelector === undefined ? {} : { fieldSelector },
    ...(tuning === undefined ? {} : { tuning }),
    onEstablished: () => events.watchEstablished(resource),
    onFailed: (error: Error, retryInMs: number) => events.watchFailed(resource, error, retryInMs),
  })

  const podWatch = (): ListWatchOptions<PodFacts | undefined> => ({
    ...common('pods', '/api/v1/pods', `spec.nodeName=${node}`),
    content: 'full',
    shape: (object) => podFacts(object, options),
    onSnapshot: (all) => {
      blindSinceMs = undefined
      pods.replace(
        all.filter((pod) => pod !== undefined),
        clock.now(),
      )
    },
    onEvent: (type, pod) => {
      if (pod === undefined) return
      pods.put(pod, clock.now())
      if (type === 'DELETED') pods.gone(pod.uid, clock.now())
    },
    onEstablished: () => {
      blindSinceMs = undefined
      events.watchEstablished('pods')
    },
    onFailed: (error, retryInMs) => {
      blindSinceMs ??= clock.monotonic()
      events.watchFailed('pods', error, retryInMs)
    },
  })

  const labelWatch = (
    cache: LabelCache,
    include: readonly string[],
    where: ReturnType<typeof common>,
  ): ListWatchOptions<Named> => ({
    ...where,
    content: 'metadata',
    shape: (object: KubeObject) => namedLabels(object, include),
    onSnapshot: (all) => cache.replace(all),
    onEvent: (type, named) => (type === 'DELETED' ? cache.delete(named.name) : cache.put(named)),
  })

  const save = (): void => {
    if (statePath === undefined || changes() === savedChanges) return
    const upTo = changes()
    try {
      const nodeLabels = nodes.get(node) ?? {}
      saveFacts(filesystem, statePath, node, { pods: pods.saved(), namespaces: namespaces.entries(), nodeLabels })
      savedChanges = upTo
      saveFailing = false
    } catch (error) {
      // A full disk says so once; the next try that succeeds makes it good.
      if (!saveFailing)
        events.checkpointFailed(new Error(`${statePath}: ${(error as Error).message}`, { cause: error }))
      saveFailing = true
    }
  }

  const keepHouse = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      await clock.sleep(options.saveEveryMs, signal)
      pods.sweep(clock.now())
      save()
    }
  }

  return {
    provider,
    run: async (signal) => {
      const { namespaceLabels, nodeLabels } = options
      const loops = [listWatch(podWatch(), deps, signal), keepHouse(signal)]
      if (namespaceLabels.length > 0) {
        const where = common('namespaces', '/api/v1/namespaces', undefined)
        loops.push(listWatch(labelWatch(namespaces, namespaceLabels, where), deps, signal))
      }
      if (nodeLabels.length > 0) {
        const where = common('nodes', '/api/v1/nodes', `metadata.name=${node}`)
        loops.push(listWatch(labelWatch(nodes, nodeLabels, where), deps, signal))
      }
      await Promise.all(loops)
    },
    save,
    pod: (folder) => pods.ofFolder(folder)?.facts,
    stats: () => ({ pods: pods.size, evicted: pods.evicted, watching: blindSinceMs === undefined, blindMs: blindMs() }),
  }
}
