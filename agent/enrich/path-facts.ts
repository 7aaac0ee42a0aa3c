import type { ContainerOrigin, Facts, FactsProvider, TailedFile } from '../event.ts'

/** A folder of /var/log/pods carries a uid, or, for a static pod, its config hash: 32 hex digits without dashes. */
const UID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** /var/log/containers' names are cut to 251 bytes (kubelet, legacy.go): half an id would be another container's. */
const CONTAINER_ID = /^[0-9a-f]{64}$/

export const isPodUid = (text: string | undefined): text is string => text !== undefined && UID.test(text)

/** The id as far as the path has it whole. */
export const containerIdOf = (origin: ContainerOrigin): string | undefined =>
  origin.containerId !== undefined && CONTAINER_ID.test(origin.containerId) ? origin.containerId : undefined

/**
 * With a container id the pod's uid adds nothing that could be searched better (44 bytes of each document); the watch brings it.
 */
const containerFacts = (origin: ContainerOrigin): Facts => {
  const id = containerIdOf(origin)
  const uid = id === undefined && isPodUid(origin.podUid) ? { uid: origin.podUid } : {}
  return {
    fields: {
      container: { ...(id === undefined ? {} : { id }), name: origin.container },
      kubernetes: {
        namespace: origin.namespace,
        pod: { name: origin.pod, ...uid },
        container: { name: origin.container },
      },
      service: { name: origin.container },
    },
    dataset: undefined,
    namespace: undefined,
  }
}

const NOTHING: Facts = { fields: {}, dataset: undefined, namespace: undefined }

/** What the path alone says of a file (kubelet, pkg/kubelet/kuberuntime/helpers.go and legacy.go). */
export const pathOnlyFacts = (file: Pick<TailedFile, 'origin'>): Facts =>
  file.origin.kind === 'container' ? containerFacts(file.origin) : NOTHING

/** Without an API server: the path is all there is, nothing waits, nothing changes. */
export const pathFactsProvider: FactsProvider = {
  facts: (file) => ({ facts: pathOnlyFacts(file), ready: true, version: 0 }),
}
