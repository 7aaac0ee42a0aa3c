import type { DeletePod, Pod } from '../cluster.ts'
import { type RolloutSettings, scaledTo } from './settings.ts'
import type { Site } from './sites.ts'

export interface Standing {
  readonly eligible: number
  readonly maxUnavailable: number
  /** Dead nodes that are not counted as down: their number is the budget's, and no more. */
  readonly excused: ReadonlySet<string>
  /** All others without an available pod, whoever is to blame. */
  readonly unavailable: number
}

export const standingOf = (sites: readonly Site[], settings: RolloutSettings): Standing => {
  const eligible = sites.filter(({ run }) => run).length
  const down = sites.filter(({ available }) => !available)
  const dead = down.filter(({ dead: why }) => why !== undefined)
  const excused = new Set(dead.slice(0, scaledTo(settings.deadNodeBudget, eligible)).map(({ node }) => node.name))
  return {
    eligible,
    excused,
    maxUnavailable: scaledTo(settings.maxUnavailable, eligible),
    unavailable: down.length - excused.size,
  }
}

/** As many as the built-in controller deletes in one turn, whatever may be down (daemon_controller.go BurstReplicas); the next one follows when they are seen. */
const BURST = 250

interface OldSite extends Site {
  readonly old: Pod
}

/** On a node that takes no pod now, or is dead, none would come instead. */
export const canBeReplaced = (site: Site): site is OldSite =>
  site.old !== undefined && site.run && site.dead === undefined

const deletion = ({ node, old, available }: OldSite, why: string): DeletePod => ({
  kind: 'delete_pod',
  pod: old,
  why: `${available ? '' : 'it is not available anyway; '}node ${node.name}: ${why}`,
})

export interface DeletionLimits {
  readonly standing: Standing
  /** Old pods that stay. */
  readonly keep: number
  /** Old pods that work are left alone. */
  readonly onlyBroken: boolean
  /** '' or what the deletion is for. */
  readonly why: string
}

/**
 * Old pods to delete now. Those that are down already cost no availability (kubernetes#123232: they count as down all the same). Within
 * each sort the order is that of the nodes' names, at every look the same one, so that a partition keeps the same nodes' pods.
 */
export const deletions = (
  sites: readonly Site[],
  among: (site: Site) => boolean,
  { standing, keep, onlyBroken, why }: DeletionLimits,
): readonly DeletePod[] => {
  const old = sites.filter(({ old: pod }) => pod !== undefined).length
  const candidates = sites.filter(canBeReplaced).filter(among)
  const broken = candidates.filter(({ available }) => !available)
  const working = onlyBroken ? [] : candidates.filter(({ available }) => available)
  const room = Math.max(0, standing.maxUnavailable - standing.unavailable)
  const most = Math.min(BURST, Math.max(0, old - keep))
  return [...broken, ...working.slice(0, room)].slice(0, most).map((site) => deletion(site, why))
}
