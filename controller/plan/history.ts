import type { DaemonSet, HistoryAction, JsonObject, Pod, Revision } from '../cluster.ts'
import { goJson } from './go-json.ts'
import { labelsAt } from './json-fields.ts'
import { HASH_LABEL, ownerReference } from './pod-body.ts'
import { matchesTemplateOf, revisionData, revisionHash } from './revision-data.ts'

export interface History {
  /** Of the revision that is current once the actions are done. */
  readonly hash: string
  /** Of other templates. */
  readonly old: readonly Revision[]
  /** The claimed pods, as the actions leave their labels. */
  readonly pods: readonly Pod[]
  readonly actions: readonly HistoryAction[]
}

/** A revision without the label is about to get its name for one. */
const hashOf = ({ labels, name }: Revision): string => labels[HASH_LABEL] || name

const labelRevisions = (revisions: readonly Revision[]): HistoryAction[] =>
  revisions
    .filter(({ labels }) => !labels[HASH_LABEL])
    .map((revision) => ({
      kind: 'label_revision',
      revision,
      hash: revision.name,
      why: 'It has no label by which pods could be told to be of it.',
    }))

const revisionBody = (daemonSet: DaemonSet, hash: string, revision: number): JsonObject => ({
  apiVersion: 'apps/v1',
  kind: 'ControllerRevision',
  metadata: {
    name: `${daemonSet.name}-${hash}`,
    labels: { ...labelsAt(daemonSet.template, 'metadata', 'labels'), [HASH_LABEL]: hash },
    annotations: daemonSet.annotations,
    ownerReferences: [ownerReference(daemonSet)],
  },
  data: revisionData(daemonSet),
  revision,
})

const snapshot = (daemonSet: DaemonSet, next: number): HistoryAction => {
  const hash = revisionHash(daemonSet)
  const body = goJson(revisionBody(daemonSet, hash, next))
  return {
    kind: 'create_revision',
    name: `${daemonSet.name}-${hash}`,
    body,
    why: 'No revision keeps the template as it is.',
  }
}

/** The newest; of several, the last one that is listed. */
const newestOf = (revisions: readonly Revision[]): Revision | undefined =>
  revisions.reduce<Revision | undefined>(
    (newest, r) => (newest && newest.revision > r.revision ? newest : r),
    undefined,
  )

/**
 * Upstream relabels every pod of the DaemonSet here, those of an old template too, and never updates them after that. Only the hashes
 * of the duplicates mean the template that is kept.
 */
const relabelPods = (pods: readonly Pod[], duplicates: readonly Revision[], hash: string): HistoryAction[] => {
  const hashes = new Set(duplicates.map(hashOf))
  return pods
    .filter(({ labels }) => labels[HASH_LABEL] !== hash && hashes.has(labels[HASH_LABEL] ?? ''))
    .map((pod) => ({
      kind: 'relabel_pod',
      pod,
      hash,
      why: 'Its revision is a duplicate that goes; the template is the same.',
    }))
}

const relabelled = (pods: readonly Pod[], actions: readonly HistoryAction[], hash: string): readonly Pod[] => {
  const changed = new Set(actions.map((action) => (action.kind === 'relabel_pod' ? action.pod : undefined)))
  if (changed.size === 0) return pods
  return pods.map((pod) => (changed.has(pod) ? { ...pod, labels: { ...pod.labels, [HASH_LABEL]: hash } } : pod))
}

const raise = (revision: Revision, next: number): HistoryAction[] =>
  revision.revision >= next
    ? []
    : [{ kind: 'raise_revision', revision, to: next, why: 'The template is one of an older revision again.' }]

/** pkg/controller/daemon constructHistory, of what is claimed. */
export const planHistory = (daemonSet: DaemonSet, revisions: readonly Revision[], pods: readonly Pod[]): History => {
  const matches = matchesTemplateOf(daemonSet)
  const current = revisions.filter(matches)
  const old = revisions.filter((revision) => !current.includes(revision))
  const next = Math.max(0, ...old.map(({ revision }) => revision)) + 1
  const labelling = labelRevisions(revisions)
  const kept = newestOf(current)
  if (!kept) return { hash: revisionHash(daemonSet), old, pods, actions: [...labelling, snapshot(daemonSet, next)] }

  const hash = hashOf(kept)
  const duplicates = current.filter((revision) => revision !== kept)
  const relabelling = relabelPods(pods, duplicates, hash)
  const deletions = duplicates.map(
    (revision): HistoryAction => ({ kind: 'delete_revision', revision, why: `${kept.name} keeps the same template.` }),
  )
  const actions = [...labelling, ...relabelling, ...deletions, ...raise(kept, next)]
  return { hash, old, pods: relabelled(pods, relabelling, hash), actions }
}

/** Beyond the limit, the oldest first, but none that a pod is still of. pkg/controller/daemon cleanupHistory. */
export const planCleanup = (
  old: readonly Revision[],
  limit: number,
  pods: readonly Pod[],
): readonly HistoryAction[] => {
  const surplus = old.length - limit
  if (surplus <= 0) return []
  const alive = new Set(pods.map(({ labels }) => labels[HASH_LABEL] ?? ''))
  return old
    .toSorted((a, b) => a.revision - b.revision)
    .filter((revision) => !alive.has(hashOf(revision)))
    .slice(0, surplus)
    .map((revision) => ({
      kind: 'delete_revision',
      revision,
      why: `It is beyond the revisionHistoryLimit of ${limit}.`,
    }))
}
