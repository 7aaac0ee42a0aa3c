import type { ClusterEvent, JsonObject } from '../cluster.ts'
import type { EventEntry } from './event-correlator.ts'

/** As `kubectl get events` shows its source. */
const COMPONENT = 'picket-controller'
/** NoteLengthLimit of events.k8s.io (pkg/apis/core/validation/events.go), where these can be read too. */
const MAX_MESSAGE_LENGTH = 1000

const API_VERSIONS = { DaemonSet: 'apps/v1', Node: 'v1', Pod: 'v1' } as const

const cut = (message: string): string =>
  message.length <= MAX_MESSAGE_LENGTH ? message : `${message.slice(0, MAX_MESSAGE_LENGTH)}…`

/** metav1.Time has whole seconds. */
const timeOf = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`

/** Events on what is in no namespace are in this one. */
export const eventNamespace = ({ about }: ClusterEvent): string => about.identity.namespace || 'default'

/**
 * A core/v1 Event as client-go's recorder makes it (tools/record/event.go makeEvent). `reportingInstance`: which process it was. A Node
 * goes by its real uid, as in kube-controller-manager's events (the kubelet takes its name for one); `kubectl describe node` looks for both.
 */
export const eventBody = (event: ClusterEvent, entry: EventEntry, reportingInstance: string): JsonObject => {
  const { name, message, count, firstMs, lastMs } = entry
  const { kind, identity } = event.about
  const { namespace, uid, resourceVersion } = identity
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace: eventNamespace(event) },
    involvedObject: {
      kind,
      ...(namespace === '' ? {} : { namespace }),
      name: identity.name,
      uid,
      apiVersion: API_VERSIONS[kind],
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
    type: event.type,
    reason: event.reason,
    message: cut(message),
    source: { component: COMPONENT },
    reportingComponent: COMPONENT,
    reportingInstance,
    firstTimestamp: timeOf(firstMs),
    lastTimestamp: timeOf(lastMs),
    count,
  }
}

/** What one more of it changes. */
export const countPatch = ({ message, count, lastMs }: EventEntry): JsonObject => ({
  message: cut(message),
  count,
  lastTimestamp: timeOf(lastMs),
})
