import type { Json } from '../cluster.ts'
import { listAt, textAt, textsAt } from './json-fields.ts'

/**
 * The node that a pod of a DaemonSet is for: the one that it is bound to, else the one that its affinity pins it to.
 * undefined: it cannot be told; such a pod is left alone everywhere. pkg/controller/daemon/util GetTargetNodeName.
 */
export const podTarget = (podSpec: Json): string | undefined => {
  const bound = textAt(podSpec, 'nodeName')
  if (bound !== '') return bound
  const required = ['affinity', 'nodeAffinity', 'requiredDuringSchedulingIgnoredDuringExecution']
  const pin = listAt(podSpec, ...required, 'nodeSelectorTerms')
    .flatMap((term) => listAt(term, 'matchFields'))
    .find((field) => textAt(field, 'key') === 'metadata.name' && textAt(field, 'operator') === 'In')
  const names = textsAt(pin, 'values')
  return names.length === 1 ? names[0] : undefined
}
