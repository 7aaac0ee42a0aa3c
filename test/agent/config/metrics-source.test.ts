import assert from 'node:assert/strict'
import test from 'node:test'
import { checkConfig } from '../../../agent/config/check.ts'
import { compileConfig } from '../../../agent/config/compile.ts'
import { METRIC_SETS } from '../../../agent/document/metric-sets.ts'
import { references } from '../../support/config-references.ts'

const check = (sources: string, match = '"**"') =>
  checkConfig(`sources: ${sources}\noutputs: {s: {kind: stdout, match: ${match}}}\n`, references({}, {}))

const mistakes = (sources: string, match?: string): [string, string, string | undefined][] => {
  const checked = check(sources, match)
  return checked.kind === 'valid' ? [] : checked.mistakes.map(({ path, problem, allowed }) => [path, problem, allowed])
}

test('a source of metrics: all sets every 10 s, apart from what is read from files', () => {
  const checked = check('{node: {kind: metrics}, c: {kind: containers}}')
  assert.ok(checked.kind === 'valid')
  const machine = { environment: {}, hostname: 'node-1', workingDirectory: '/' }
  const { metricsSources, sources } = compileConfig(checked.config, machine)
  assert.deepEqual(metricsSources, [{ kind: 'metrics', name: 'node', periodMs: 10_000, sets: [...METRIC_SETS] }])
  assert.deepEqual(
    sources.map(({ name }) => name),
    ['c'],
  )
})

test('what is wrong with a source of metrics is told', () => {
  assert.deepEqual(
    mistakes('{node: {kind: metrics, sets: []}}').map(([path]) => path),
    ['sources.node.sets'],
  )
  assert.deepEqual(
    mistakes('{node: {kind: metrics, sets: [cpus]}}').map(([path]) => path),
    ['sources.node.sets[0]'],
  )
  assert.deepEqual(
    mistakes('{node: {kind: metrics, period: 10ms}}').map(([path]) => path),
    ['sources.node.period'],
  )
  assert.deepEqual(mistakes('{a: {kind: metrics, sets: [cpu, load]}, b: {kind: metrics, sets: [load, memory]}}'), [
    ['sources.b', 'has the set load, which sources.a has already', undefined],
  ])
  assert.deepEqual(mistakes('{a: {kind: metrics, sets: [cpu]}, b: {kind: metrics, sets: [load]}}'), [])
})

const MATCHES: readonly [string, boolean][] = [
  ['"**"', true],
  ['metrics.**', true],
  ['metrics.cpu', true],
  ['"metrics.{load,cpu}"', true],
  ['metrics.memory', false],
  ['kube.**', false],
]
for (const [match, takes] of MATCHES)
  test(`match: ${match} ${takes ? 'takes' : 'takes nothing of'} the processors`, () => {
    const found = mistakes('{node: {kind: metrics, sets: [cpu]}}', match).map(([path, problem]) => [path, problem])
    const nothing = [
      ['sources.node', 'no output takes it'],
      ['outputs.s.match', 'takes nothing: no source has such a tag'],
    ]
    assert.deepEqual(found, takes ? [] : nothing)
  })

test('a source of metrics that no output takes is told of, though each output takes something', () => {
  const both = '{c: {kind: containers}, node: {kind: metrics}}'
  assert.deepEqual(mistakes(both, 'kube.**'), [['sources.node', 'no output takes it', undefined]])
  assert.deepEqual(mistakes(both, '"kube.** metrics.load"'), [])
  assert.deepEqual(
    mistakes(both, '"kube.{"').map(([path]) => path),
    ['outputs.s.match'],
  )
})
