import type { Clock } from '../../lib/io/clock.ts'
import type { Send } from '../../lib/kube/api-client.ts'
import { KubeError } from '../../lib/kube/kube-error.ts'
import type { Json } from '../cluster.ts'
import { listAt, objectAt, textAt } from '../plan/json-fields.ts'

export interface ProbeDeps {
  readonly send: Send
  readonly clock: Clock
  /** In the probe's name and node selector. */
  readonly suffix: string
}

const LABEL = 'picket.dev/probe'
const LOOK_MS = 500

/** No node has such a label, so it never has a pod; the image is never pulled. */
const probeBody = (namespace: string, name: string) => ({
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: {
    namespace,
    name,
    labels: { [LABEL]: 'true' },
    annotations: { 'picket.dev/why': 'tells whether another DaemonSet controller works here; gone in seconds' },
  },
  spec: {
    selector: { matchLabels: { [LABEL]: name } },
    template: {
      metadata: { labels: { [LABEL]: name } },
      spec: { nodeSelector: { [LABEL]: name }, containers: [{ name: 'none', image: 'picket.invalid/none' }] },
    },
  },
})

export const probePath = (namespace: string): string => `/apis/apps/v1/namespaces/${namespace}/daemonsets`

/** Names of those that were left by a controller that was killed. */
export const probesIn = async (collection: string, send: Send, signal: AbortSignal): Promise<readonly string[]> => {
  const left = (await send({ method: 'GET', path: collection, query: { labelSelector: LABEL } }, signal)) as Json
  return listAt(left, 'items').map((item) => textAt(item, 'metadata', 'name'))
}

/** Also when we are stopped in the middle: it must not stay. */
export const removeProbe = async (collection: string, name: string, send: Send): Promise<void> => {
  try {
    await send({ method: 'DELETE', path: `${collection}/${name}` }, new AbortController().signal)
  } catch (error) {
    if (!(error instanceof KubeError && error.status === 404)) throw error
  }
}

/**
 * Whether somebody else acts as DaemonSet controller: it would write the status of a DaemonSet that is put there for it to see. Only the
 * leader asks, before its own work begins. A controller that is alive and does not come to it within `waitMs` is not noticed.
 */
export const findsBuiltIn = async (
  namespace: string,
  waitMs: number,
  { send, clock, suffix }: ProbeDeps,
  signal: AbortSignal,
): Promise<boolean> => {
  const collection = probePath(namespace)
  const name = `picket-probe-${suffix}`

  const isObserved = async (): Promise<boolean> => {
    const live = (await send({ method: 'GET', path: `${collection}/${name}` }, signal)) as Json
    const { observedGeneration } = objectAt(live, 'status')
    return typeof observedGeneration === 'number' && observedGeneration > 0
  }

  for (const left of await probesIn(collection, send, signal)) await removeProbe(collection, left, send)
  await send({ method: 'POST', path: collection, body: probeBody(namespace, name) }, signal)
  try {
    const endMs = clock.monotonic() + waitMs
    while (!signal.aborted && clock.monotonic() < endMs) {
      await clock.sleep(LOOK_MS, signal)
      if (!signal.aborted && (await isObserved())) return true
    }
    return false
  } finally {
    await removeProbe(collection, name, send)
  }
}
