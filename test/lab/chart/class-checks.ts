import assert from 'node:assert/strict'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import fc from 'fast-check'
import type { DaemonSet, Node, Selector } from '../../../controller/cluster.ts'
import { judgeNode, type Placement, placementOf } from '../../../controller/plan/eligibility.ts'
import { selects } from '../../../controller/plan/selector.ts'
import { type Helm, objectsOf } from './helm.ts'

interface Requirement {
  readonly key: string
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'
  readonly values?: readonly string[]
}

interface Class {
  readonly name: string
  readonly selector: { readonly matchLabels?: Record<string, string>; readonly matchExpressions?: Requirement[] }
  readonly retired?: boolean
}

const KEYS = ['gpu', 'spot', 'zone']
const VALUES = ['a', 'b']

const requirement: fc.Arbitrary<Requirement> = fc.oneof(
  fc.record({
    key: fc.constantFrom(...KEYS),
    operator: fc.constantFrom('In' as const, 'NotIn' as const),
    values: fc.uniqueArray(fc.constantFrom(...VALUES), { minLength: 1 }),
  }),
  fc.record({ key: fc.constantFrom(...KEYS), operator: fc.constantFrom('Exists' as const, 'DoesNotExist' as const) }),
)

const classes: fc.Arbitrary<Class[]> = fc
  .array(
    fc.record({
      selector: fc.record({ matchExpressions: fc.array(requirement, { minLength: 1, maxLength: 2 }) }),
      retired: fc.boolean(),
    }),
    { maxLength: 4 },
  )
  .map((made) => made.map((one, i) => ({ name: `class-${i}`, ...one })))

/** Every node that these labels can tell apart: each label absent, or of one of the values. */
const nodes: readonly Node[] = KEYS.reduce<Record<string, string>[]>(
  (all, key) => all.flatMap((labels) => [labels, ...VALUES.map((value) => ({ ...labels, [key]: value }))]),
  [{}],
).map((labels, i) => ({ name: `node-${i}`, labels: { 'kubernetes.io/os': 'linux', ...labels }, taints: [] }) as never)

const placementsOf = (helm: Helm, values: object): Map<string, Placement> => {
  const file = join(fs.mkdtempSync(join(tmpdir(), 'picket-lab-values-')), 'values.json')
  fs.writeFileSync(file, JSON.stringify(values))
  try {
    const daemonSets = objectsOf(helm.template({ files: [file] })).filter(({ kind }) => kind === 'DaemonSet')
    return new Map(
      daemonSets.map((one) => [
        one.metadata.labels?.['picket.dev/node-class'] ?? '',
        placementOf({ template: one.spec?.template } as unknown as DaemonSet),
      ]),
    )
  } finally {
    fs.rmSync(join(file, '..'), { recursive: true })
  }
}

const selectorOf = ({ matchLabels = {}, matchExpressions = [] }: Class['selector']): Selector => ({
  matchLabels,
  matchExpressions: matchExpressions.map(({ values = [], ...rest }) => ({ ...rest, values })),
})

/** The first class that describes the node and is not retired. */
const expected = (list: readonly Class[], node: Node): string =>
  list.find((one) => !one.retired && selects(selectorOf(one.selector), node.labels))?.name ?? 'default'

const found = (placements: ReadonlyMap<string, Placement>, node: Node): string[] =>
  [...placements].filter(([, placement]) => judgeNode(node, placement).run).map(([name]) => name)

export const classChecks = async (context: TestContext, helm: Helm): Promise<void> => {
  await context.test('every node is of exactly one class, the first that describes it', () => {
    fc.assert(
      fc.property(classes, (list) => {
        const placements = placementsOf(helm, { nodeClasses: list })
        assert.deepEqual([...placements.keys()], ['default', ...list.map(({ name }) => name)])
        for (const node of nodes)
          assert.deepEqual(found(placements, node), [expected(list, node)], JSON.stringify(node.labels))
      }),
      { numRuns: 25, seed: 7 },
    )
  })

  await context.test(
    'with an affinity of the user’s own, every node that it admits is of one class, others of none',
    () => {
      const list: Class[] = [
        {
          name: 'gpu',
          selector: {
            matchLabels: { gpu: 'a' },
            matchExpressions: [{ key: 'spot', operator: 'NotIn', values: ['b'] }],
          },
        },
      ]
      const wanted = [
        [{ key: 'zone', operator: 'In', values: ['a'] }],
        [
          { key: 'zone', operator: 'DoesNotExist' },
          { key: 'spot', operator: 'Exists' },
        ],
      ]
      const nodeSelectorTerms = wanted.map((matchExpressions) => ({ matchExpressions }))
      const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } }
      const placements = placementsOf(helm, { nodeClasses: list, agent: { affinity } })
      for (const node of nodes) {
        const admitted = wanted.some((all) =>
          selects(selectorOf({ matchExpressions: all as Requirement[] }), node.labels),
        )
        assert.deepEqual(found(placements, node), admitted ? [expected(list, node)] : [], JSON.stringify(node.labels))
      }
    },
  )

  await context.test(
    'virtual-kubelet, Fargate and Windows nodes get no agent; tainted ones do, or do by the set that is narrow',
    () => {
      const everything = placementsOf(helm, {})
      const narrow = placementsOf(helm, { agent: { tolerations: { mode: 'narrow' } } })
      const automatic = placementsOf(helm, { agent: { tolerations: { mode: 'none' } } })
      const table: readonly (readonly [object, readonly [key: string, effect: string][], readonly boolean[]])[] = [
        [{}, [], [true, true, true]],
        [{ type: 'virtual-kubelet' }, [], [false, false, false]],
        [{ 'eks.amazonaws.com/compute-type': 'fargate' }, [], [false, false, false]],
        [{ 'kubernetes.io/os': 'windows' }, [], [false, false, false]],
        [{}, [['gpu', 'NoSchedule']], [true, false, false]],
        [{}, [['node-role.kubernetes.io/control-plane', 'NoSchedule']], [true, true, false]],
        // A new node: both effects. Kubernetes tolerates NoExecute by itself, and not NoSchedule.
        [
          {},
          [
            ['node.kubernetes.io/not-ready', 'NoSchedule'],
            ['node.kubernetes.io/not-ready', 'NoExecute'],
          ],
          [true, true, false],
        ],
        [{}, [['node.kubernetes.io/not-ready', 'NoExecute']], [true, true, true]],
        [{}, [['node.kubernetes.io/unreachable', 'NoSchedule']], [true, true, false]],
        [{}, [['node.kubernetes.io/unschedulable', 'NoSchedule']], [true, true, true]],
        [{}, [['node.kubernetes.io/network-unavailable', 'NoSchedule']], [true, true, false]],
        [{}, [['picket.dev/agent-not-ready', 'NoSchedule']], [true, true, false]],
        [{}, [['karpenter.sh/disrupted', 'NoSchedule']], [true, true, false]],
      ]
      for (const [labels, taints, wanted] of table) {
        const node = {
          name: 'node',
          labels: { 'kubernetes.io/os': 'linux', ...labels },
          taints: taints.map(([key, effect]) => ({ key, value: '', effect })),
        } as unknown as Node
        const seen = [everything, narrow, automatic].map((placements) => found(placements, node).length === 1)
        assert.deepEqual(seen, wanted, JSON.stringify([labels, taints]))
      }
    },
  )

  await context.test('a startup taint that the controller takes off is tolerated by every set', () => {
    for (const mode of ['everything', 'narrow', 'none']) {
      const startupTaint = { enabled: true, key: 'example.org/wait' }
      const placements = placementsOf(helm, { agent: { tolerations: { mode } }, controller: { startupTaint } })
      const taints = [{ key: 'example.org/wait', value: '', effect: 'NoSchedule' }]
      const node = { name: 'node', labels: { 'kubernetes.io/os': 'linux' }, taints } as unknown as Node
      assert.deepEqual(found(placements, node), ['default'], mode)
    }
  })
}
