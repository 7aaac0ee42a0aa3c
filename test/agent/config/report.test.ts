import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import fc from 'fast-check'
import { checkConfig } from '../../../agent/config/check.ts'
import { mistake } from '../../../agent/config/mistake.ts'
import { reportMistakes } from '../../../agent/config/report.ts'
import { references } from '../../support/config-references.ts'

test('a mistake with its line, a caret and a suggestion', () => {
  const text = 'outputs:\n\tsearch: {compresion: fast, hosts: []}\n'
  const mistakes = [
    mistake('outputs.search.compresion', { line: 2, column: 11 }, 'is not an option', {
      suggestion: 'did you mean compression?',
      secret: true,
    }),
    mistake('', undefined, 'there is no such file'),
  ]
  assert.equal(
    reportMistakes(mistakes, { name: 'p.yaml', text, color: false }),
    `p.yaml has 2 mistakes

  p.yaml:2:11
    outputs.search.compresion is not an option
      | \tsearch: {compresion: …
      | \t         ^^^^^^^^^^
      did you mean compression?

  p.yaml
    there is no such file
`,
  )
})

test('colours are a matter of escapes alone', () => {
  const mistakes = [
    mistake('a', { line: 1, column: 1 }, 'is wrong', { found: '1', allowed: '2', suggestion: 'write 2' }),
  ]
  const plain = reportMistakes(mistakes, { name: 'f', text: 'a: 1', color: false })
  const colored = reportMistakes(mistakes, { name: 'f', text: 'a: 1', color: true })
  assert.notEqual(colored, plain)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escapes are what is looked for
  assert.equal(colored.replace(/\x1b\[\d+m/g, ''), plain)
})

const SECRET = 'hunter2'

const everythingSaid = (text: string, environment = {}): string => {
  const checked = checkConfig(text, references(environment))
  if (checked.kind === 'valid') return JSON.stringify(checked.config)
  return reportMistakes(checked.mistakes, { name: 'f', text, color: false }) + JSON.stringify(checked.mistakes)
}

test('no secret is repeated by a mistake, next to one, or in a line that is not YAML', () => {
  const search = (options: string): string => `outputs: {o: {kind: elasticsearch, hosts: ["http://es"], ${options}}}`
  const texts = [
    readFileSync(new URL('../../fixtures/config/mistaken.yaml', import.meta.url), 'utf8'),
    search(`api_key: ${SECRET}, compresion: 1`),
    search(`compresion: 1, api_key: ${SECRET}`),
    search(`compression: 11, api_key: "${SECRET}"`),
    search(`pasword: ${SECRET}`),
    search(`api_key: [${SECRET}]`),
    search(`api_key: {x: ${SECRET}}`),
    search(`headers: {Authorization: ApiKey ${SECRET}, "a b": ${SECRET}}`),
    search(`headers: "Authorization: ${SECRET}"`),
    search(`hosts: ["https://u:${SECRET}@h"]`),
    search(`hosts: "https://u:${SECRET}@h"`),
    `outputs:\n  o:\n    kind: elasticsearch\n    password: "${SECRET}\n    hosts: []`,
    `outputs:\n  o:\n    password: ${SECRET}: x`,
    `outputs:\n  o:\n\tpassword: ${SECRET}`,
    `outputs: ${SECRET}`,
    `outputs: [${SECRET}]`,
    `server: {token: ${SECRET}, listen: x}`,
    `server: {token: ${SECRET}} trailing`,
    `${search(`api_key: $` + '{KEY}')}\nlog: {level: $' + '{KEY}}`.replaceAll('$' + '{KEY}', '"$' + '{KEY}"'),
  ]
  for (const text of texts) {
    const said = everythingSaid(text, { KEY: SECRET })
    assert.ok(!said.includes(SECRET), `${text}\n\n${said}`)
  }
})

test('a report comes for any text and any place', () => {
  const place = fc.record({ line: fc.integer({ min: 1, max: 5 }), column: fc.integer({ min: 1, max: 40 }) })
  fc.assert(
    fc.property(fc.string({ maxLength: 80 }), place, fc.boolean(), (text, at, secret) => {
      const report = reportMistakes([mistake('a', at, 'is wrong', { secret })], { name: 'f', text, color: false })
      assert.ok(report.startsWith('f has one mistake\n\n  f:'))
    }),
  )
})

test('any bytes for a configuration give an answer', () => {
  const word = fc.constantFrom(
    'outputs',
    'sources',
    'kind',
    'files',
    ':',
    ' ',
    '\n',
    '  ',
    '{',
    '}',
    '[',
    ']',
    '"',
    '&a',
    '*a',
    '-',
    '<<',
    '#',
    '$' + '{X}',
    '5',
  )
  fc.assert(
    fc.property(fc.array(word, { maxLength: 30 }), (words) => {
      assert.ok(everythingSaid(words.join('')).length > 0)
    }),
    { numRuns: 300 },
  )
})
