import assert from 'node:assert/strict'
import test from 'node:test'
import { inspect } from 'node:util'
import { checkConfig } from '../../../agent/config/check.ts'
import { compileConfig } from '../../../agent/config/compile.ts'
import { effectiveYaml } from '../../../agent/config/effective.ts'
import { reportMistakes } from '../../../agent/config/report.ts'
import { rootSchema } from '../../../agent/config/schema.ts'
import { kindOf, mapOf, type SchemaNode } from '../../../agent/config/schema-node.ts'
import { references } from '../../support/config-references.ts'

const VALUE = 'hunter2-0123456789'
/** However a secret is given. */
const WRITTEN: readonly string[] = [`"${VALUE}"`, '"$' + '{KEY}"', '"file:/run/key"']

/** Where secrets stand, from the schema itself, so that a new option is in the table: `outputs.elasticsearch.api_key`. */
const secretsIn = (schema: SchemaNode, path: string): string[] => {
  if (schema.unit === 'secret') return [path]
  if (schema.anyOf) return schema.anyOf.flatMap((variant) => secretsIn(variant, `${path}.${kindOf(variant)}`))
  const map = mapOf(schema)
  if (map) return secretsIn(map[1], path === '' || !path.includes('.') ? path : `${path}.X-Name`)
  return Object.entries(schema.properties ?? {}).flatMap(([key, option]) =>
    secretsIn(option, path === '' ? key : `${path}.${key}`),
  )
}

const beside: Readonly<Record<string, string>> = {
  password: 'username: u',
  proxy_password: 'proxy: "http://proxy", proxy_username: u',
  key_passphrase: 'key_file: /k, cert_file: /c',
}

const configWith = (path: string, value: string): string => {
  const [block = '', kind, ...keys] = path.split('.')
  const start = 'sources: {c: {kind: containers}}\n'
  if (block !== 'outputs') return `${start}outputs: {s: {kind: stdout}}\n${block}: {${kind}: ${value}}\n`
  const key = keys[0] ?? ''
  const option = keys.length > 1 ? `${key}: {${keys[1]}: ${value}}` : `${key}: ${value}`
  const more = beside[key] ? `, ${beside[key]}` : ''
  return `${start}outputs: {o: {kind: ${kind}, hosts: ["http://es:9200"], ${option}${more}}}\n`
}

const world = references({ KEY: VALUE }, { '/run/key': `${VALUE}\n` })
const shownBy = (text: string): { readonly valid: boolean; readonly shown: string } => {
  const checked = checkConfig(text, world)
  if (checked.kind === 'mistaken') {
    const report = reportMistakes(checked.mistakes, { name: 'picket.yaml', text, color: true })
    return {
      valid: false,
      shown: `${report}\n${JSON.stringify(checked.mistakes.map(({ secret: _, ...rest }) => rest))}`,
    }
  }
  const compiled = compileConfig(checked.config, { environment: {}, hostname: 'h', workingDirectory: '/' })
  const shown = [effectiveYaml(checked.config, compiled), JSON.stringify(compiled), inspect(compiled, { depth: 9 })]
  return { valid: true, shown: shown.join('\n') }
}

test('every secret option is known to this test', () =>
  assert.deepEqual(secretsIn(rootSchema, ''), [
    'outputs.elasticsearch.proxy_password',
    'outputs.elasticsearch.api_key',
    'outputs.elasticsearch.password',
    'outputs.elasticsearch.bearer_token',
    'outputs.elasticsearch.key_passphrase',
    'outputs.elasticsearch.headers.X-Name',
    'server.token',
  ]))

for (const path of secretsIn(rootSchema, ''))
  test(`${path} is never shown: not by validate, not where it is wrong, not by a mistake beside it`, () => {
    for (const written of WRITTEN) {
      const right = shownBy(configWith(path, written))
      assert.ok(right.valid, right.shown)
      assert.ok(!right.shown.includes(VALUE), right.shown)
      assert.match(right.shown, /\*\*\*/)
      // Any name is a header's.
      const neighbours = path.includes('headers') ? [] : [`${written}, nonsense: 1`, `${written}, ${VALUE}: 1`]
      const wrong = [`[${written}]`, `{a: ${written}}`, ...neighbours]
      for (const value of [...wrong, `"$${'{'}${VALUE}"`, `"${VALUE}`]) {
        const { valid, shown } = shownBy(configWith(path, value))
        assert.ok(!valid, value)
        // A key is no value: what stands in its place is named, or nobody could find the mistake.
        assert.ok(value.includes(`${VALUE}: 1`) || !shown.includes(VALUE), `${value}\n${shown}`)
      }
    }
  })

test('a password in a URL is refused and not shown, however odd the URL', () => {
  const urls = [
    `http://u:${VALUE}@es:9200`,
    `https://${VALUE}@es`,
    `http://:${VALUE}@es`,
    `http://u:${VALUE}/x@es:9200`,
    `http://u:${VALUE}?x@es`,
    `//u:${VALUE}@es`,
    `u:${VALUE}@es:9200`,
    `http://es:9200/?api_key=${VALUE}`,
    `http://es:9200/#${VALUE}`,
  ]
  for (const url of urls)
    for (const written of [`"${url}"`, '"$' + '{URL}"']) {
      for (const text of [
        `sources: {c: {kind: containers}}\noutputs: {o: {kind: elasticsearch, hosts: [${written}]}}`,
        `sources: {c: {kind: containers}}\noutputs: {o: {kind: stdout}}\nenrich: {api_server: ${written}}`,
        `sources: {c: {kind: containers}}\noutputs: {o: {kind: elasticsearch, hosts: ${written}}}`,
      ]) {
        const checked = checkConfig(text, references({ URL: url }, {}))
        assert.equal(checked.kind, 'mistaken', text)
        if (checked.kind !== 'mistaken') continue
        const shown =
          reportMistakes(checked.mistakes, { name: 'p', text, color: false }) + JSON.stringify(checked.mistakes)
        assert.ok(!shown.includes(VALUE), shown)
      }
    }
})

test('a host that is no URL is a mistake, not a failure of the start', () => {
  const allowed = 'https://host:port, with a port from 1 to 65535'
  for (const url of ['http://es:port', 'http://es:99999', 'http://[::1', 'https://es:9200:9300']) {
    const checked = checkConfig(
      `sources: {c: {kind: containers}}\noutputs: {o: {kind: elasticsearch, hosts: ["${url}"]}}`,
      world,
    )
    assert.deepEqual(
      checked.kind === 'mistaken' && checked.mistakes.map((m) => [m.path, m.problem, m.found, m.allowed]),
      [['outputs.o.hosts[0]', 'is not a URL', `"${url}"`, allowed]],
    )
  }
})
