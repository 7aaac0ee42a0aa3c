import type { ApiRequest } from '../../lib/kube/api-client.ts'
import { pointer, taintRemoval } from '../act/taint-request.ts'
import type { JsonObject, Node, Taint } from '../cluster.ts'
import { AGENT_SEEN_ANNOTATION } from '../taint/agent-seen.ts'

/** What a controller left on a node. At least one of the two is there. */
export interface NodeLeftovers {
  readonly node: Node
  readonly taint: Taint | undefined
  /** The time at which the taint was taken off. */
  readonly mark: string | undefined
}

/** The effect is the startup taint's: what else somebody uses the key for is not ours. */
export const leftoversOf = (node: Node, key: string): NodeLeftovers | undefined => {
  const taint = node.taints.find((one) => one.key === key && one.effect === 'NoSchedule')
  const mark = node.annotations[AGENT_SEEN_ANNOTATION]
  return taint || mark !== undefined ? { node, taint, mark } : undefined
}

const unmark = (mark: string): readonly JsonObject[] => {
  const path = `/metadata/annotations/${pointer(AGENT_SEEN_ANNOTATION)}`
  return [
    { op: 'test', path, value: mark },
    { op: 'remove', path },
  ]
}

/** RFC 6902: what has changed meanwhile the tests refuse (422), and the next look knows. */
export const cleanNodeRequest = ({ node, taint, mark }: NodeLeftovers): ApiRequest => ({
  method: 'PATCH',
  path: `/api/v1/nodes/${encodeURIComponent(node.name)}`,
  contentType: 'application/json-patch+json',
  body: [
    { op: 'test', path: '/metadata/uid', value: node.uid },
    ...(taint ? taintRemoval({ node, taint }) : []),
    ...(mark === undefined ? [] : unmark(mark)),
  ],
})

export const leftoversText = ({ taint, mark }: NodeLeftovers): string =>
  [
    ...(taint ? [`taint ${taint.key}:${taint.effect}`] : []),
    ...(mark === undefined ? [] : [`annotation ${AGENT_SEEN_ANNOTATION}`]),
  ].join(' and ')
