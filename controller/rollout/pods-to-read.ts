import type { Pod } from '../cluster.ts'
import type { Site } from './sites.ts'

/** Enough for a median; new ones are watched closer, though not by the thousand. */
const MAX_OLD = 10
const MAX_NEW = 100

const newestFirst = (a: Pod, b: Pod): number => b.createdMs - a.createdMs || (a.uid < b.uid ? -1 : 1)
const byUid = (a: Pod, b: Pod): number => (a.uid < b.uid ? -1 : 1)

const running = (pods: readonly (Pod | undefined)[]): readonly Pod[] =>
  pods.filter((pod) => pod !== undefined && pod.phase === 'Running' && pod.ip !== '').map((pod) => pod as Pod)

/** The same old ones at every look, or two looks at them never meet. */
export const podsToRead = (sites: readonly Site[]): readonly Pod[] => [
  ...running(sites.map(({ fresh }) => fresh))
    .toSorted(newestFirst)
    .slice(0, MAX_NEW),
  ...running(sites.map(({ old }) => old))
    .toSorted(byUid)
    .slice(0, MAX_OLD),
]
