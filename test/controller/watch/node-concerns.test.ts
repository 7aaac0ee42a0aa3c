import test from 'node:test'
import fc from 'fast-check'
import type { Json } from '../../../controller/cluster.ts'
import { createClusterCache } from '../../../controller/watch/cluster-cache.ts'
import { concerns } from '../../../controller/watch/node-concerns.ts'
import { shapeDaemonSet } from '../../../controller/watch/shape-daemon-set.ts'
import { shapeNode } from '../../../controller/watch/shape-node.ts'

const KEYS = ['key', 'operator', 'values', 'value', 'effect', 'tolerationSeconds', 'matchExpressions', 'toString', 'x']
const TEXTS = ['In', 'NotIn', 'Exists', 'Gt', 'Lt', 'metadata.name', 'NoExecute', '9', '', 'x']

const odd = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(...TEXTS, null, true),
    fc.integer(),
    fc.array(tie('json'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...KEYS), tie('json'), { maxKeys: 4 }),
  ),
})).json

test('whatever stands in a DaemonSet or a node, a changed node or pod ends no watch', () =>
  fc.assert(
    fc.property(odd, odd, odd, odd, odd, (nodeSelector, tolerations, terms, taints, labels) => {
      const required = { nodeSelectorTerms: [{ matchExpressions: terms, matchFields: terms }, terms] }
      const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } }
      const daemonSet = shapeDaemonSet({
        metadata: { namespace: 'logging', name: 'agent', uid: 'd' },
        spec: {
          selector: { matchLabels: labels, matchExpressions: terms },
          template: { spec: { nodeSelector, tolerations, affinity } },
        },
      })
      const node = shapeNode({ metadata: { name: 'a', uid: 'a', labels }, spec: { taints } })
      for (const hasPods of [true, false]) concerns(node, daemonSet, hasPods)
      const cache = createClusterCache()
      cache.daemonSetStore.apply('ADDED', { uid: 'd', resourceVersion: '1', object: daemonSet })
      cache.matching('logging', { app: 'agent' })
    }),
    { numRuns: 5000 },
  ))
