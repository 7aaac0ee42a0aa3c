import type { JsonObject, Revision } from '../cluster.ts'
import { objectAt } from '../plan/json-fields.ts'
import { HASH_LABEL } from '../plan/pod-body.ts'
import type { Site } from './sites.ts'

export const hashOf = ({ labels }: Revision): string => labels[HASH_LABEL] ?? ''

/**
 * What to go back to: of the other revisions the one with the most pods that work, which is what the nodes ran before; where none has any,
 * the newest, as `kubectl rollout undo` takes. The newest alone would be the last failed attempt where two failed in a row.
 */
export const previousRevision = (
  revisions: readonly Revision[],
  sites: readonly Site[],
  current: Revision,
  bad: string,
): Revision | undefined => {
  const working = (revision: Revision): number =>
    sites.filter(({ old, available }) => available && old?.labels[HASH_LABEL] === hashOf(revision)).length
  return revisions
    .filter((revision) => revision.owner?.uid === current.owner?.uid && !revision.deleted)
    .filter((revision) => !['', bad, hashOf(current)].includes(hashOf(revision)))
    .toSorted((a, b) => working(b) - working(a) || b.revision - a.revision)[0]
}

/** The template as it was sent when the revision was made, without the directive that makes a patch of it. */
export const templateIn = ({ data }: Revision): JsonObject => {
  const { $patch: _, ...template } = objectAt(data, 'spec', 'template')
  return template
}
