import type { DaemonSet, JsonObject, Labels, Owner } from '../cluster.ts'
import { labelsAt, listAt, objectAt } from './json-fields.ts'
import { wholeNumber, withAutomaticTolerations } from './tolerations.ts'

/** On pods and on revisions: which revision of the template they are of. */
export const HASH_LABEL = 'controller-revision-hash'

/** apiVersion, kind, name and uid of a DaemonSet as the owner of its pods and revisions. */
export const ownerOf = ({ name, uid }: DaemonSet): Owner => ({ apiVersion: 'apps/v1', kind: 'DaemonSet', name, uid })

export const ownerReference = (daemonSet: DaemonSet): JsonObject => ({
  ...ownerOf(daemonSet),
  controller: true,
  blockOwnerDeletion: true,
})

/** The server mirrors its internal templateGeneration in this annotation; upstream still labels pods with it. */
const generationLabel = ({ annotations }: DaemonSet): Labels => {
  const generation = wholeNumber(annotations['deprecated.daemonset.template.generation'] ?? '')
  return generation === undefined ? {} : { 'pod-template-generation': String(generation) }
}

const labelsOf = (daemonSet: DaemonSet, hash: string | undefined): Labels => ({
  ...labelsAt(daemonSet.template, 'metadata', 'labels'),
  ...generationLabel(daemonSet),
  ...(hash ? { [HASH_LABEL]: hash } : {}),
})

/** Every term of the user's is thrown away: judgeNode has seen to them. Other affinities stay. util ReplaceDaemonSetPodNodeNameNodeAffinity. */
const pinnedTo = (affinity: JsonObject, nodeName: string): JsonObject => ({
  ...affinity,
  nodeAffinity: {
    ...objectAt(affinity, 'nodeAffinity'),
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [nodeName] }] }],
    },
  },
})

/**
 * What is posted to make the pod for a node: field for field what the built-in controller would post, which then counts it as its own.
 * The scheduler binds it. `hash` undefined: no revision of the template exists yet.
 */
export const podBody = (daemonSet: DaemonSet, nodeName: string, hash: string | undefined): JsonObject => {
  const labels = labelsOf(daemonSet, hash)
  if (Object.keys(labels).length === 0) throw new Error('The template has no labels: its pods would be nobody’s.')
  const spec = objectAt(daemonSet.template, 'spec')
  const { annotations, finalizers } = objectAt(daemonSet.template, 'metadata')
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      // Upstream takes the bare name where this is no valid prefix; of a name that the server accepted it always is.
      generateName: `${daemonSet.name}-`,
      labels,
      ...(annotations === undefined ? {} : { annotations }),
      ...(finalizers === undefined ? {} : { finalizers }),
      ownerReferences: [ownerReference(daemonSet)],
    },
    spec: {
      ...spec,
      affinity: pinnedTo(objectAt(spec, 'affinity'), nodeName),
      tolerations: withAutomaticTolerations(listAt(spec, 'tolerations'), spec.hostNetwork === true),
    },
  }
}
