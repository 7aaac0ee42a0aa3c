import { KubeError } from '../../lib/kube/kube-error.ts'
import type { Json } from '../cluster.ts'
import { type Lease, readLease } from '../lead/lease.ts'
import { textAt } from '../plan/json-fields.ts'
import type { CleanupDeps, CleanupSettings } from './settings.ts'

/** A standby looks at the lease every 2 s, plus 1.2 times that: one that lives would have made a new one by then. */
const COMES_BACK_WITHIN_MS = 5000
const LOOK_EVERY_MS = 500

const pathOf = ({ lease: { namespace, name } }: CleanupSettings): string =>
  `/apis/coordination.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/leases/${encodeURIComponent(name)}`

export const leaseText = ({ lease: { namespace, name } }: CleanupSettings): string => `lease ${namespace}/${name}`

/** undefined: there is none. Throws KubeError. */
export const findLease = async (
  settings: CleanupSettings,
  { client, stop }: CleanupDeps,
): Promise<Lease | undefined> => {
  try {
    return readLease((await client.send({ method: 'GET', path: pathOf(settings) }, stop)) as Json)
  } catch (error) {
    if (error instanceof KubeError && error.status === 404) return undefined
    throw error
  }
}

/** By its version: what somebody has taken meanwhile stays. */
const remove = async (settings: CleanupSettings, { raw }: Lease, { client, stop }: CleanupDeps): Promise<void> => {
  const preconditions = {
    uid: textAt(raw, 'metadata', 'uid'),
    resourceVersion: textAt(raw, 'metadata', 'resourceVersion'),
  }
  try {
    await client.send({ method: 'DELETE', path: pathOf(settings), body: { preconditions } }, stop)
  } catch (error) {
    if (!(error instanceof KubeError && [404, 409].includes(error.status ?? 0))) throw error
  }
}

const stayed = async (settings: CleanupSettings, deps: CleanupDeps): Promise<Lease | undefined> => {
  const endMs = deps.clock.monotonic() + COMES_BACK_WITHIN_MS
  for (;;) {
    const lease = await findLease(settings, deps)
    if (lease || deps.stop.aborted || deps.clock.monotonic() >= endMs) return lease
    await deps.clock.sleep(LOOK_EVERY_MS, deps.stop)
  }
}

/** Deletes the lease that nobody holds, and looks whether a controller that still runs makes it again. true: it is gone for good. */
export const cleanLease = async (settings: CleanupSettings, deps: CleanupDeps): Promise<boolean> => {
  const lease = await findLease(settings, deps)
  if (lease?.holder === '') await remove(settings, lease, deps)
  const again = await stayed(settings, deps)
  if (again) deps.left(`${leaseText(settings)} is still there: ${stillHeld(again.holder)}`)
  else deps.done(`${leaseText(settings)}: deleted`)
  return again === undefined
}

export const stillHeld = (holder: string): string =>
  `${holder === '' ? 'a controller' : holder} is still running; delete its Deployment first, and run this again`
