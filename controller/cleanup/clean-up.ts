import { probePath, probesIn, removeProbe } from '../lead/built-in-probe.ts'
import { leadWhenElected } from '../lead/elect.ts'
import { cleanLease, findLease, leaseText, stillHeld } from './clean-lease.ts'
import { cleanNodes } from './clean-nodes.ts'
import type { CleanupDeps, CleanupSettings } from './settings.ts'

/** client-go's times, as the controller's own by default. */
const ELECTION = { durationMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2000 }

/** What no command may take away. */
export const STAYS = [
  'stays: the agents’ state below /var/lib/picket on each node (positions, documents that wait, dead letters)',
  'stays: how new nodes register (--register-with-taints, startupTaints of a node pool); with the startup taint they would be blocked for ever',
]

const cleanProbes = async ({ lease, dryRun }: CleanupSettings, { client, done, stop }: CleanupDeps): Promise<void> => {
  const collection = probePath(lease.namespace)
  for (const name of await probesIn(collection, client.send, stop)) {
    if (!dryRun) await removeProbe(collection, name, client.send)
    done(`daemonset ${lease.namespace}/${name}: ${dryRun ? 'would be deleted' : 'deleted'}`)
  }
}

const cleanObjects = async (settings: CleanupSettings, deps: CleanupDeps): Promise<boolean> => {
  const clean = await cleanNodes(settings, deps)
  await cleanProbes(settings, deps)
  return clean
}

interface Turn {
  readonly ended: 'done' | 'left' | 'not_elected'
  readonly holder: string
}

/** Whoever holds the lease leads: meanwhile no controller puts a taint back. */
const cleanWhileLeading = async (settings: CleanupSettings, deps: CleanupDeps): Promise<Turn> => {
  const { clock, client, random, identity, stop } = deps
  const tooLong = new AbortController()
  const cancel = clock.after(settings.waitMs, () => tooLong.abort())
  let ended: Turn['ended'] = 'not_elected'
  let failure: unknown
  let holder = ''
  const work = async (leading: AbortSignal): Promise<void> => {
    cancel()
    try {
      ended = (await cleanObjects(settings, { ...deps, stop: leading })) ? 'done' : 'left'
    } catch (error) {
      failure = error
    }
  }
  const end = await leadWhenElected(
    { ...settings.lease, ...ELECTION, identity },
    {
      send: client.send,
      clock,
      random,
      failed: (error) => deps.left(`${leaseText(settings)} cannot be taken: ${error.message}`),
      recovered: () => {},
      leader: (name) => {
        holder = name
      },
    },
    work,
    AbortSignal.any([tooLong.signal, stop]),
  )
  cancel()
  if (failure !== undefined) throw failure
  return { ended: end === 'lost' ? 'left' : ended, holder }
}

const cleanAfterController = async (settings: CleanupSettings, deps: CleanupDeps): Promise<boolean> => {
  const { ended, holder } = await cleanWhileLeading(settings, deps)
  if (ended === 'not_elected') deps.left(`nothing was done: ${stillHeld(holder)}`)
  if (ended === 'not_elected' || deps.stop.aborted) return false
  return (await cleanLease(settings, deps)) && ended === 'done'
}

/**
 * Takes the startup taint and its mark off all nodes, and deletes left probes and the Lease. Where there is a Lease it is taken first, so
 * that a controller that ends at this moment does nothing meanwhile. true: nothing is left. Throws KubeError.
 */
export const cleanUp = async (settings: CleanupSettings, deps: CleanupDeps): Promise<boolean> => {
  const lease = await findLease(settings, deps)
  if (lease && !settings.dryRun) return cleanAfterController(settings, deps)
  const clean = await cleanObjects(settings, deps)
  if (lease)
    deps.done(
      `${leaseText(settings)}: would be deleted${lease.holder === '' ? '' : `, once ${lease.holder} no longer holds it`}`,
    )
  return clean
}
