import assert from 'node:assert/strict'
import test from 'node:test'
import type { JsonObject } from '../../../controller/cluster.ts'
import { goJson } from '../../../controller/plan/go-json.ts'
import { currentRevision, revisionData, revisionHash, sameTemplate } from '../../../controller/plan/revision-data.ts'
import { daemonSet, LABELS, OTHERS, revision, template } from './cluster-objects.ts'

test('JSON is written as Go writes a map', () => {
  // As encoding/json of Go 1.26 writes it: keys by bytes, so U+FF5E comes before U+1F600, which UTF-16 has first.
  const value = { b: '<a> & \u2028\u2029', '10': 1.5, '9': [null, true, {}], '\u{1F600}': 'é', '\uFF5E': '\n\t"\\' }
  assert.equal(
    goJson(value),
    '{"10":1.5,"9":[null,true,{}],"b":"\\u003ca\\u003e \\u0026 \\u2028\\u2029","\uFF5E":"\\n\\t\\"\\\\","\u{1F600}":"é"}',
  )
})

const data = (template: JsonObject): JsonObject => revisionData(daemonSet({ template }))

test('two templates are the same however they are written, and different where they mean something else', () => {
  const base = { metadata: { labels: { a: '1', b: '2' } }, spec: { containers: [{ name: 'c' }], hostNetwork: true } }
  const rows: [string, JsonObject, boolean][] = [
    ['itself', base, true],
    [
      'in another order',
      { spec: { hostNetwork: true, containers: [{ name: 'c' }] }, metadata: { labels: { b: '2', a: '1' } } },
      true,
    ],
    ['with creationTimestamp null', { ...base, metadata: { ...base.metadata, creationTimestamp: null } }, true],
    ['with a timestamp that is set', { ...base, metadata: { ...base.metadata, creationTimestamp: '2026' } }, false],
    ['null instead of nothing elsewhere', { ...base, spec: { ...base.spec, hostPID: null } }, false],
    ['an object instead of a list', { ...base, spec: { ...base.spec, containers: { '0': { name: 'c' } } } }, false],
    ['another field of as many', { ...base, spec: { containers: [{ name: 'c' }], hostPID: true } }, false],
    ['another label', { ...base, metadata: { labels: { a: '1', b: '3' } } }, false],
    ['a field more', { ...base, spec: { ...base.spec, hostPID: true } }, false],
    ['a field less', { ...base, spec: { containers: [{ name: 'c' }] } }, false],
    ['a list in another order', { ...base, spec: { ...base.spec, containers: [{ name: 'd' }, { name: 'c' }] } }, false],
  ]
  assert.deepEqual(
    rows.map(([title, other]) => [title, sameTemplate(data(base), data(other))]),
    rows.map(([title, , wanted]) => [title, wanted]),
  )
})

test('the hash is a short name, the same for one template, another after a collision', () => {
  const [one, two] = [daemonSet(), daemonSet({ template: template({}, 'agent:2') })]
  const collided = (collisionCount: number) => daemonSet({ status: { ...one.status, collisionCount } })
  const stamped = daemonSet({
    template: { metadata: { labels: LABELS, creationTimestamp: null }, spec: one.template.spec ?? null },
  })
  const hashes = [one, two, collided(0), collided(1)].map(revisionHash)
  assert.equal(new Set(hashes).size, 4)
  assert.equal(revisionHash(stamped), hashes[0])
  for (const hash of hashes) assert.match(hash, /^[bcdfghjklmnpqrstvwxz2456789]{1,10}$/)
})

test('the current revision is the newest labelled one of the template that is ours or will be', () => {
  const [set, now, before] = [daemonSet(), data(template()), data(template({}, 'agent:0'))]
  const ours = [revision('agent-a', 1, now), revision('agent-b', 3, now), revision('agent-old', 9, before)]
  const rows = [
    { title: 'the newest', revisions: ours, wanted: 'agent-b' },
    {
      title: 'one that will be adopted',
      revisions: [revision('agent-c', 1, now, { owner: undefined })],
      wanted: 'agent-c',
    },
    { title: "somebody else's", revisions: [revision('agent-c', 1, now, { owner: OTHERS })], wanted: undefined },
    { title: 'without a label', revisions: [revision('agent-c', 1, now, { labels: LABELS })], wanted: undefined },
    { title: 'of another template', revisions: [revision('agent-old', 9, before)], wanted: undefined },
  ]
  assert.deepEqual(
    rows.map(({ title, revisions }) => [title, currentRevision(set, revisions)?.name]),
    rows.map(({ title, wanted }) => [title, wanted]),
  )
})
