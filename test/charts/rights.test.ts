import assert from 'node:assert/strict'
import fs from 'node:fs'
import test from 'node:test'
import { parse } from 'yaml'
import { documentedRights, type Rule, type Scope } from '../support/documented-rights.ts'
import { linesOf, rendered } from './rendered.ts'

const rulesOf = (values: string, kind: string, end: string): string[] =>
  linesOf(rendered(values).find((one) => one.kind === kind && one.metadata.name.endsWith(end))?.rules)

const table: readonly (readonly [values: string, scope: Scope, purposes: readonly string[]])[] = [
  ['default', 'release', ['both', 'guard']],
  ['rollout-picket', 'release', ['both', 'guard', 'rollouts']],
  ['every-daemonset', 'cluster', ['both', 'guard', 'rollouts']],
  ['primary', 'cluster', ['both', 'primary', 'rollouts', 'taint']],
]

for (const [values, scope, purposes] of table)
  test(`values ${values} grant the controller what docs/controller.md asks for ${purposes.join(', ')} of the ${scope}, no more and no less`, () => {
    const { cluster, local } = documentedRights(purposes, scope)
    assert.deepEqual(rulesOf(values, 'ClusterRole', '-controller'), linesOf(cluster))
    assert.deepEqual(rulesOf(values, 'Role', '-controller'), linesOf(local))
  })

test('the clean-up at uninstall may do what docs/controller.md asks for it, no more and no less', () => {
  const { cluster, local } = documentedRights(['cleanup'])
  assert.deepEqual(rulesOf('default', 'ClusterRole', '-cleanup'), linesOf(cluster))
  assert.deepEqual(rulesOf('default', 'Role', '-cleanup'), linesOf(local))
})

test('agents may do what docs/kubernetes-metadata.md asks for, and of that what the configuration uses', () => {
  const docs = fs.readFileSync(new URL('../../docs/kubernetes-metadata.md', import.meta.url), 'utf8')
  const role = parse(/```yaml\n([\s\S]*?)```/.exec(docs)?.[1] ?? '') as { readonly rules: readonly Rule[] }
  assert.deepEqual(rulesOf('elasticsearch', 'ClusterRole', '-agent'), linesOf(role.rules))
  assert.deepEqual(rulesOf('default', 'ClusterRole', '-agent'), linesOf(role.rules.slice(0, 1)))
  assert.deepEqual(rulesOf('node-classes', 'ClusterRole', '-agent'), [
    '/nodes list',
    '/nodes watch',
    '/pods list',
    '/pods watch',
  ])
})

test('without rbac.create nobody is granted anything but by hooks, which go', () => {
  const roles = rendered('without-controller').filter(({ kind }) => /Role/.test(kind))
  assert.deepEqual(
    roles.map(({ metadata }) => metadata.name),
    ['picket:lab-picket-test', 'picket:lab-picket-test'],
  )
})
