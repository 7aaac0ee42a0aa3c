import assert from 'node:assert/strict'
import test from 'node:test'
import { compileMatch } from '../../../agent/feed/match.ts'

const table: [pattern: string, tag: string, matches: boolean][] = [
  ['**', 'kube.shop.web.web-0', true],
  ['**', '', true],
  ['**', 'kube.shop.web.a name\nof two lines', true],
  ['kube.**', 'kube.shop.web.a name\nof two lines', true],
  ['*', 'syslog', true],
  ['*', 'a.b', false],
  ['kube.**', 'kube.shop.web.web-0', true],
  ['kube.**', 'kube', true],
  ['kube.**', 'kubernetes.shop', false],
  ['kube.shop.**', 'kube.shop.web.my.pod.with.dots', true],
  ['kube.*.web.**', 'kube.shop.web.web-0', true],
  ['kube.*.web.**', 'kube.shop.api.web', false],
  ['**.web', 'kube.shop.web', true],
  ['**.web', 'web', true],
  ['a.**.z', 'a.z', true],
  ['a.**.z', 'a.b.c.z', true],
  ['a.**.z', 'a.bz', false],
  ['{syslog,kube.shop.**}', 'kube.shop.web.web-0', true],
  ['{syslog,kube.shop.**}', 'kube.other.web.web-0', false],
  ['syslog  metrics.*', 'metrics.cpu', true],
  ['syslog metrics.*', 'metrics.cpu.0', false],
  ['a+b', 'a+b', true],
  ['a.b', 'axb', false],
]

test('match patterns are those of fluentd', () => {
  for (const [pattern, tag, matches] of table)
    assert.equal(compileMatch(pattern)(tag), matches, `${pattern} on ${JSON.stringify(tag)}`)
})
