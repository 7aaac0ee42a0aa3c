import type { ApiRequest } from '../../lib/kube/api-client.ts'
import type { JsonObject, Taint, TaintNode } from '../cluster.ts'

/** A name in a JSON pointer (RFC 6901). */
export const pointer = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1')

const asJson = ({ key, value, effect }: Taint): JsonObject => ({ key, effect, ...(value === '' ? {} : { value }) })

/** Where there are none the map itself has to be made, and the tested resourceVersion says that nobody else has. */
const marks = ({ node, annotations }: TaintNode): readonly JsonObject[] => {
  if (Object.keys(annotations).length === 0) return []
  return Object.keys(node.annotations).length === 0
    ? [
        { op: 'test', path: '/metadata/resourceVersion', value: node.resourceVersion },
        { op: 'add', path: '/metadata/annotations', value: annotations },
      ]
    : Object.entries(annotations).map(([name, value]) => {
        const path = `/metadata/annotations/${pointer(name)}`
        return value === null ? { op: 'remove', path } : { op: 'add', path, value }
      })
}

/** By its place, which is tested: the other taints are not even written (they have more fields than are known here). */
export const taintRemoval = ({ node, taint }: Pick<TaintNode, 'node' | 'taint'>): readonly JsonObject[] => {
  const at = node.taints.indexOf(taint)
  return [
    { op: 'test', path: `/spec/taints/${at}/key`, value: taint.key },
    { op: 'test', path: `/spec/taints/${at}/effect`, value: taint.effect },
    { op: 'remove', path: `/spec/taints/${at}` },
  ]
}

const addition = ({ node, taint }: TaintNode): readonly JsonObject[] =>
  node.taints.length === 0
    ? [
        { op: 'test', path: '/metadata/resourceVersion', value: node.resourceVersion },
        { op: 'add', path: '/spec/taints', value: [asJson(taint)] },
      ]
    : [{ op: 'add', path: '/spec/taints/-', value: asJson(taint) }]

/**
 * RFC 6902. Whatever has changed meanwhile that matters here, the tests refuse it (422), or the server does (a taint twice), and the next
 * plan looks again.
 */
export const taintRequest = (action: TaintNode): ApiRequest => ({
  method: 'PATCH',
  path: `/api/v1/nodes/${encodeURIComponent(action.node.name)}`,
  contentType: 'application/json-patch+json',
  body: [
    { op: 'test', path: '/metadata/uid', value: action.node.uid },
    ...(action.kind === 'remove_taint' ? taintRemoval(action) : addition(action)),
    ...marks(action),
  ],
})
