import { asArray, asObject, asText, asTexts, type Json } from './json-value.ts'
import { type Owner, ownerOf } from './owner.ts'
import { type KeySelection, selectKeys } from './select-keys.ts'

export interface ContainerFacts {
  readonly name: string
  readonly image: string | undefined
  readonly runtime: string | undefined
  /** Ids by restart count, as far as the status still has them: this run and the one before. */
  readonly runs: readonly { readonly restart: number; readonly id: string }[]
}

/** What is kept of a pod, a hundredth of what the API sends. */
export interface PodFacts {
  readonly uid: string
  readonly namespace: string
  readonly name: string
  readonly node: string | undefined
  readonly ip: string | undefined
  /** A static pod's: the name of its folder, in place of the uid. */
  readonly configHash: string | undefined
  readonly owner: Owner | undefined
  /** Dedotted and selected. */
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly serviceName: string | undefined
  readonly serviceVersion: string | undefined
  readonly dataset: string | undefined
  readonly dataNamespace: string | undefined
  readonly containers: readonly ContainerFacts[]
}

export interface PodSelection {
  readonly labels: KeySelection
  readonly annotations: KeySelection
}

/** A pod has a handful of containers; one with more than this has facts for the first ones. */
const MAX_CONTAINERS = 64

/** `containerd://0123…` */
const runOf = (id: unknown): { runtime: string; id: string } | undefined => {
  const [, runtime, hex] = /^([a-z0-9-]{1,32}):\/\/([0-9A-Za-z_.-]{1,128})$/.exec(asText(id) ?? '') ?? []
  return runtime === undefined || hex === undefined ? undefined : { runtime, id: hex }
}

const containerFacts = (name: string, image: string | undefined, status: Json): ContainerFacts => {
  const restart = typeof status.restartCount === 'number' ? status.restartCount : 0
  const current = runOf(status.containerID)
  const last = runOf(asObject(asObject(status.lastState).terminated).containerID)
  const runs = [
    ...(current ? [{ restart, id: current.id }] : []),
    ...(last && last.id !== current?.id && restart > 0 ? [{ restart: restart - 1, id: last.id }] : []),
  ]
  return { name, image: image ?? asText(status.image), runtime: current?.runtime ?? last?.runtime, runs }
}

const KINDS = [
  ['containers', 'containerStatuses'],
  ['initContainers', 'initContainerStatuses'],
  ['ephemeralContainers', 'ephemeralContainerStatuses'],
] as const

const containersOf = (spec: Json, status: Json): ContainerFacts[] =>
  KINDS.flatMap(([specs, statuses]) => {
    const known = new Map(asArray(status[statuses]).map((one) => [asObject(one).name, asObject(one)]))
    return asArray(spec[specs]).flatMap((one) => {
      const { name, image } = asObject(one)
      const text = asText(name)
      return text === undefined ? [] : [containerFacts(text, asText(image), known.get(text) ?? {})]
    })
  }).slice(0, MAX_CONTAINERS)

/**
 * From a v1 Pod. undefined where it is none. `service.name` and `service.version` as in the pipeline of Elastic's integration (kubernetes
 * container_logs, default.yml), `elastic.co/dataset` and `elastic.co/namespace` as there, an annotation before a label.
 */
export const podFacts = (pod: unknown, selection: PodSelection): PodFacts | undefined => {
  const { metadata, spec, status } = asObject(pod)
  const meta = asObject(metadata)
  const [uid, namespace, name] = [asText(meta.uid), asText(meta.namespace), asText(meta.name)]
  if (uid === undefined || namespace === undefined || name === undefined) return undefined
  const labels = asTexts(meta.labels)
  const annotations = asTexts(meta.annotations)
  const wish = (key: string): string | undefined => asText(annotations[key]) ?? asText(labels[key])
  return {
    uid,
    namespace,
    name,
    node: asText(asObject(spec).nodeName),
    ip: asText(asObject(status).podIP, 45),
    configHash: asText(annotations['kubernetes.io/config.mirror']) ?? asText(annotations['kubernetes.io/config.hash']),
    owner: ownerOf(meta),
    labels: selectKeys(labels, selection.labels),
    annotations: selectKeys(annotations, selection.annotations),
    serviceName: asText(labels['app.kubernetes.io/name']),
    serviceVersion: asText(labels['app.kubernetes.io/version']),
    dataset: wish('elastic.co/dataset'),
    dataNamespace: wish('elastic.co/namespace'),
    containers: containersOf(asObject(spec), asObject(status)),
  }
}
