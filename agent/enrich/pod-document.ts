import type { ContainerOrigin, Facts } from '../event.ts'
import { containerIdOf } from './path-facts.ts'
import type { PodFacts } from './pod-fields.ts'

/** What is known of the pod's surroundings; empty where nothing is selected. */
export interface Surroundings {
  readonly namespaceLabels: Readonly<Record<string, string>>
  readonly nodeLabels: Readonly<Record<string, string>>
}

type Fields = Record<string, unknown>

/** The member, if it has anything to say. */
const some = (key: string, value: string | Fields | undefined): Fields =>
  value === undefined || (typeof value === 'object' && Object.keys(value).length === 0) ? {} : { [key]: value }

const container = (pod: PodFacts, origin: ContainerOrigin): Fields => {
  const known = pod.containers.find((one) => one.name === origin.container)
  const id = containerIdOf(origin) ?? known?.runs.find((run) => run.restart === origin.restart)?.id
  return {
    ...some('id', id),
    name: origin.container,
    ...some('image', some('name', known?.image)),
    ...some('runtime', known?.runtime),
  }
}

const kubernetes = (pod: PodFacts, origin: ContainerOrigin, around: Surroundings): Fields => ({
  namespace: pod.namespace,
  ...some('namespace_labels', around.namespaceLabels),
  pod: { name: pod.name, uid: pod.uid, ...some('ip', pod.ip) },
  ...some('node', { ...some('name', pod.node), ...some('labels', around.nodeLabels) }),
  container: { name: origin.container },
  ...(pod.owner === undefined ? {} : { [pod.owner.kind]: { name: pod.owner.name } }),
  ...some('labels', pod.labels),
  ...some('annotations', pod.annotations),
})

/** The fields of a container's documents when its pod is known: docs/documents.md. */
export const podDocument = (pod: PodFacts, origin: ContainerOrigin, around: Surroundings): Facts => ({
  fields: {
    container: container(pod, origin),
    kubernetes: kubernetes(pod, origin, around),
    orchestrator: { namespace: pod.namespace },
    service: { name: pod.serviceName ?? origin.container, ...some('version', pod.serviceVersion) },
  },
  dataset: pod.dataset,
  namespace: pod.dataNamespace,
})
