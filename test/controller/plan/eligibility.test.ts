import assert from 'node:assert/strict'
import test from 'node:test'
import type { JsonObject, Labels, Taint } from '../../../controller/cluster.ts'
import { judgeNode, placementOf } from '../../../controller/plan/eligibility.ts'
import { daemonSet, node, taint, template } from './cluster-objects.ts'

const affinity = (...nodeSelectorTerms: readonly JsonObject[]): JsonObject => ({
  affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
})
const term = (key: string, operator: string, values: readonly string[] = []): JsonObject => ({
  matchExpressions: [{ key, operator, values }],
})
const field = (operator: string, ...values: readonly string[]): JsonObject => ({
  matchFields: [{ key: 'metadata.name', operator, values }],
})

const NODE = node('node-0', { labels: { type: 'production', cores: '16', zone: 'a' } })
const judge = (spec: JsonObject, taints: readonly Taint[] = [], labels: Labels = NODE.labels) =>
  judgeNode({ ...NODE, taints, labels }, placementOf(daemonSet({ template: template(spec) })))

const ELIGIBLE = { run: true, keep: true, rule: 'eligible', detail: '' }
const refused = (rule: string, detail: string) => ({ run: false, keep: false, rule, detail })
const repelled = (detail: string, keep: boolean) => ({ run: false, keep, rule: 'untolerated_taint', detail })

test('a node that is not eligible is told by which rule', () => {
  const db = taint('dedicated', 'NoSchedule', 'db')
  const rows: [title: string, found: unknown, wanted: unknown][] = [
    ['plain', judge({}), ELIGIBLE],
    ['by its name', judge({ nodeName: 'node-0' }), ELIGIBLE],
    ['another name', judge({ nodeName: 'node-1' }), refused('other_node_name', 'the template names node node-1')],
    ['selector', judge({ nodeSelector: { zone: 'a' } }), ELIGIBLE],
    [
      'another value',
      judge({ nodeSelector: { type: 'production', zone: 'b' } }),
      refused('node_selector', 'zone=b is wanted, the node has zone=a'),
    ],
    [
      'no such label',
      judge({ nodeSelector: { gpu: '' } }),
      refused('node_selector', 'gpu= is wanted, the node has no such label'),
    ],
    ['affinity', judge(affinity(term('type', 'In', ['test', 'production']))), ELIGIBLE],
    [
      'another affinity',
      judge(affinity(term('type', 'In', ['test', 'staging']), term('gpu', 'Exists'))),
      refused('node_affinity', 'required: type In [test, staging] or gpu Exists'),
    ],
    ['no terms', judge(affinity()), refused('node_affinity', 'the required node affinity has no term')],
    ['selector before affinity', judge({ nodeSelector: { zone: 'b' }, ...affinity() }).rule, 'node_selector'],
    ['NoSchedule', judge({}, [db]), repelled('dedicated=db:NoSchedule is not tolerated', true)],
    [
      'NoExecute decides',
      judge({}, [db, taint('sick', 'NoExecute')]),
      repelled('sick:NoExecute is not tolerated', false),
    ],
    ['PreferNoSchedule', judge({}, [taint('dedicated', 'PreferNoSchedule')]), ELIGIBLE],
  ]
  assert.deepEqual(
    rows.map(([title, found]) => [title, found]),
    rows.map(([title, , wanted]) => [title, wanted]),
  )
})

test('required node affinity is read as the scheduler reads it', () => {
  const rows: [JsonObject[], boolean][] = [
    [[term('type', 'In', ['production'])], true],
    [[term('gpu', 'In', ['yes'])], false],
    [[term('type', 'NotIn', ['test'])], true],
    [[term('gpu', 'NotIn', ['yes'])], true],
    [[term('type', 'NotIn', ['production'])], false],
    [[term('type', 'Exists')], true],
    [[term('gpu', 'DoesNotExist')], true],
    [[term('constructor', 'Exists')], false],
    [[term('type', 'DoesNotExist')], false],
    [[term('cores', 'Gt', ['15'])], true],
    [[term('cores', 'Gt', ['16'])], false],
    [[term('cores', 'Lt', ['17'])], true],
    [[term('type', 'Lt', ['17'])], false],
    [[term('gpu', 'Lt', ['17'])], false],
    [[field('In', 'node-0')], true],
    [[field('In', 'node-1')], false],
    [[field('NotIn', 'node-1')], true],
    [[{ ...term('type', 'Exists'), ...field('In', 'node-1') }], false],
    [[term('gpu', 'Exists'), field('In', 'node-0')], true],
    // What cannot be read fits nothing, and leaves its neighbours alone.
    [[{}], false],
    [[term('type', 'In')], false],
    [[term('type', 'Exists', ['x'])], false],
    [[term('cores', 'Gt', ['1', '2'])], false],
    [[term('cores', 'Gt', ['many'])], false],
    [[term('type', 'Like', ['prod'])], false],
    [[field('In', 'node-0', 'node-1')], false],
    [[field('Exists')], false],
    [[term('type', 'Like', ['prod']), term('zone', 'Exists')], true],
  ]
  assert.deepEqual(
    rows.map(([terms]) => [terms, judge(affinity(...terms)).run]),
    rows,
  )
})

test('a toleration covers taints by key, effect and value', () => {
  const slow = taint('speed', 'NoSchedule', '40')
  const rows: [JsonObject, boolean][] = [
    [{ operator: 'Exists' }, true],
    [{ key: 'speed', operator: 'Exists' }, true],
    [{ key: 'speed', operator: 'Exists', effect: 'NoSchedule' }, true],
    [{ key: 'speed', operator: 'Exists', effect: 'NoExecute' }, false],
    [{ key: 'colour', operator: 'Exists' }, false],
    [{ key: 'speed', value: '40' }, true],
    [{ key: 'speed', operator: 'Equal', value: '40', effect: 'NoSchedule' }, true],
    [{ key: 'speed', operator: 'Equal', value: '41' }, false],
    [{ key: 'speed' }, false],
    [{ key: 'speed', operator: 'Gt', value: '39' }, true],
    [{ key: 'speed', operator: 'Gt', value: '40' }, false],
    [{ key: 'speed', operator: 'Lt', value: '41' }, true],
    [{ key: 'speed', operator: 'Lt', value: '9223372036854775808' }, false],
    [{ key: 'speed', operator: 'Near', value: '40' }, false],
  ]
  assert.deepEqual(
    rows.map(([toleration]) => [toleration, judge({ tolerations: [toleration] }, [slow]).run]),
    rows,
  )
})
