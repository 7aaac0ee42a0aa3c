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
  const collection = `/apis/apps/v1/namespaces/${namespace}/daemonsets`
  const name = `picket-probe-${suffix}`

  const remove = async (one: string): Promise<void> => {
    // Also when we are stopped in the middle: it must not stay.
    const last = new AbortController().signal
    try {
      await send({ method: 'DELETE', path: `${collection}/${one}` }, last)
    } catch (error) {
      if (!(error instanceof KubeError && error.status === 404)) throw error
    }
  }

  /** Left by one that was killed. */
  const sweep = async (): Promise<void> => {
    const left = (await send({ method: 'GET', path: collection, query: { labelSelector: LABEL } }, signal)) as Json
    for (const item of listAt(left, 'items')) await remove(textAt(item, 'metadata', 'name'))
  }

  const isObserved = async (): Promise<boolean> => {
    const live = (await send({ method: 'GET', path: `${collection}/${name}` }, signal)) as Json
    const { observedGeneration } = objectAt(live, 'status')
    return typeof observedGeneration === 'number' && observedGeneration > 0
  }

  await sweep()
  await send({ method: 'POST', path: collection, body: probeBody(namespace, name) }, signal)
  try {
    const endMs = clock.monotonic() + waitMs
    while (!signal.aborted && clock.monotonic() < endMs) {
      await clock.sleep(LOOK_MS, signal)
      if (!signal.aborted && (await isObserved())) return true
    }
    return false
  } finally {
    await remove(name)
  }
}
