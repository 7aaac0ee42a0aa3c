import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { validate } from '../../../agent/cli/validate.ts'
import { type Loaded, loadConfig } from '../../../agent/config/load.ts'
import { readVersion } from '../../../lib/build/version.ts'

const fixture = (name: string): string => fileURLToPath(new URL(`../../fixtures/config/${name}`, import.meta.url))

/** The files by their bare names, so that what is printed is the same everywhere. */
const run = (file: string, options: { readonly json?: boolean; readonly load?: (file: string) => Loaded } = {}) => {
  const said = { out: '', error: '' }
  const say =
    (where: 'out' | 'error') =>
    (text: string): void => {
      said[where] += text
    }
  const code = validate(
    { kind: 'validate', file, json: options.json ?? false, color: true },
    {
      load: options.load ?? ((name) => loadConfig(fixture(name))),
      out: say('out'),
      error: say('error'),
      colors: false,
    },
  )
  return { code, ...said }
}

test('a configuration full of mistakes is explained', () => {
  const report = readFileSync(new URL('../../golden/validate-mistaken.txt', import.meta.url), 'utf8')
  assert.deepEqual(run('mistaken.yaml'), { code: 1, out: '', error: report })
})

test('a configuration without mistakes is printed with its defaults', () => {
  const { code, out, error } = run('whole-node.yaml')
  assert.deepEqual([code, error], [0, ''])
  assert.match(out, /^# whole-node\.yaml: no mistakes\. With its defaults it reads:\nstate_dir: \/var\/lib\/picket\n/)
  assert.match(out, /^ {4}compression: fast$/m)
  assert.match(out, /^shutdown_grace: 25s$/m)
})

test('--json gives one object in either case', () => {
  const good = run('whole-node.yaml', { json: true })
  const config = JSON.parse(good.out)
  assert.deepEqual(
    [good.code, config.file, config.valid, config.config.outputs.search.compression],
    [0, 'whole-node.yaml', true, 'fast'],
  )
  const bad = run('gone.yaml', { json: true })
  assert.deepEqual(
    [bad.code, bad.error, JSON.parse(bad.out)],
    [1, '', { file: 'gone.yaml', valid: false, mistakes: [{ path: '', problem: 'there is no such file' }] }],
  )
})

test('a file that is not there', () => {
  assert.deepEqual(run('gone.yaml'), {
    code: 1,
    out: '',
    error: 'gone.yaml has one mistake\n\n  gone.yaml\n    there is no such file\n',
  })
})

test('the version is that of package.json', () => {
  const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  assert.equal(readVersion(), version)
})
