import { canBeReplaced, type Standing } from './deletions.ts'
import { type RolloutSettings, scaledTo } from './settings.ts'
import type { Site } from './sites.ts'

/** Their names are kept in an annotation, and all annotations of an object have 256 KiB together (apimachinery TotalAnnotationSizeLimitB). */
const MOST = 500

const ZONE = 'topology.kubernetes.io/zone'

const canBeOne = ({ run, dead }: Site): boolean => run && dead === undefined

type Rank = (site: Site) => number

/**
 * Lower is taken first: who runs it already, then whose pod works, then the rest. Where as many are down as may be no pod that works can
 * go, and those that are down are the only ones that can be tried on: the canaries of a template that failed would hold up the one that mends it.
 */
const rankWhere =
  (full: boolean): Rank =>
  ({ old, fresh, available }) => {
    if (fresh && !old) return available ? 0 : 1
    return available === full ? 3 : 2
  }

const byName = (a: Site, b: Site): number => (a.node.name < b.node.name ? -1 : a.node.name > b.node.name ? 1 : 0)

const zoneOf = ({ node }: Site): string => node.labels[ZONE] ?? ''

/** One of each zone in turn; among equals the order stays. */
const spread = (sites: readonly Site[], taken: readonly Site[], rank: Rank): readonly Site[] => {
  const seen = new Map<string, number>()
  const turnOf = (site: Site): number => {
    const turn = seen.get(zoneOf(site)) ?? 0
    seen.set(zoneOf(site), turn + 1)
    return turn
  }
  for (const site of taken) turnOf(site)
  const turns = sites.map((site) => ({ site, turn: turnOf(site) }))
  return turns.toSorted((a, b) => rank(a.site) - rank(b.site) || a.turn - b.turn).map(({ site }) => site)
}

/** Not begun, and not to be begun while so many are down; another that is down could be. */
const isHeldUp = (sites: readonly Site[], earlier: ReadonlySet<string>, full: boolean): ((site: Site) => boolean) => {
  const isWay = full && sites.some((site) => canBeReplaced(site) && !site.available && !earlier.has(site.node.name))
  return ({ old, available }) => isWay && old !== undefined && available
}

/** Those of before as long as they can be, then others. Only as many die out of the list as the budget for dead nodes excuses. */
export const chooseCanaries = (
  sites: readonly Site[],
  settings: RolloutSettings,
  before: readonly string[],
  { excused, unavailable, maxUnavailable }: Standing,
): readonly string[] => {
  const eligible = sites.filter(({ run }) => run).length
  const wanted = settings.canary ? Math.min(MOST, scaledTo(settings.canary, eligible)) : 0
  const earlier = new Set(before)
  const full = unavailable >= maxUnavailable
  const heldUp = isHeldUp(sites, earlier, full)
  const kept = sites
    .filter((site) => site.run && earlier.has(site.node.name) && !excused.has(site.node.name) && !heldUp(site))
    .slice(0, wanted)
  if (kept.length === wanted) return kept.map(({ node }) => node.name)
  const staying = new Set(kept)
  const rank = rankWhere(full)
  const rest = sites.filter((site) => canBeOne(site) && !staying.has(site))
  const ranked = rest.toSorted((a, b) => rank(a) - rank(b) || byName(a, b))
  const added = spread(ranked, kept, rank).slice(0, wanted - kept.length)
  return [...kept, ...added].map(({ node }) => node.name)
}
