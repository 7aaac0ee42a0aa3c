import type { ClaimAction, DaemonSet, Labels, Owner, Pod, Revision } from '../cluster.ts'
import { selects } from './selector.ts'

export interface Claimed {
  readonly pods: readonly Pod[]
  readonly revisions: readonly Revision[]
  readonly actions: readonly ClaimAction[]
}

interface Claimable {
  readonly owner: Owner | undefined
  readonly labels: Labels
  readonly deleted: boolean
}

/**
 * pkg/controller controller_ref_manager ClaimObject, for a DaemonSet that is not being deleted. What is ours stays ours while it
 * terminates; an orphan that terminates is left alone.
 */
const judgeClaim = (
  daemonSet: DaemonSet,
  { owner, labels, deleted }: Claimable,
): 'ours' | 'adopt' | 'release' | 'foreign' => {
  if (owner && owner.uid !== daemonSet.uid) return 'foreign'
  const selected = selects(daemonSet.selector, labels)
  if (owner) return selected ? 'ours' : 'release'
  return selected && !deleted ? 'adopt' : 'foreign'
}

const ADOPTED = 'It has the labels of the selector and no controller.'
const RELEASED = 'It no longer has the labels of the selector.'

/** Adopted ones are claimed at once: where an adoption fails the turn ends, and nothing more of the plan is done. */
export const claim = (daemonSet: DaemonSet, allPods: readonly Pod[], allRevisions: readonly Revision[]): Claimed => {
  const actions: ClaimAction[] = []
  const pods = allPods.filter((pod) => {
    const { owner, labels, deletedMs } = pod
    const judgement = judgeClaim(daemonSet, { owner, labels, deleted: deletedMs !== undefined })
    if (judgement === 'adopt') actions.push({ kind: 'adopt_pod', pod, why: ADOPTED })
    if (judgement === 'release') actions.push({ kind: 'release_pod', pod, why: RELEASED })
    return judgement === 'ours' || judgement === 'adopt'
  })
  const revisions = allRevisions.filter((revision) => {
    const judgement = judgeClaim(daemonSet, revision)
    if (judgement === 'adopt') actions.push({ kind: 'adopt_revision', revision, why: ADOPTED })
    if (judgement === 'release') actions.push({ kind: 'release_revision', revision, why: RELEASED })
    return judgement === 'ours' || judgement === 'adopt'
  })
  return { pods, revisions, actions }
}
