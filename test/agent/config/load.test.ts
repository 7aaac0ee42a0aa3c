import assert from 'node:assert/strict'
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { parse } from 'yaml'
import { defaultConfig } from '../../../agent/config/default-config.ts'
import { effectiveYaml } from '../../../agent/config/effective.ts'
import { loadConfig, loadText, loadValue } from '../../../agent/config/load.ts'

const folder = (t: test.TestContext): string => {
  const path = mkdtempSync(join(tmpdir(), 'picket-config-'))
  t.after(() => rmSync(path, { recursive: true }))
  return path
}

const SEARCH = 'sources: {c: {kind: containers}}\noutputs: {o: {kind: elasticsearch, hosts: ["http://es"]'

test('a file that is not there is a mistake like any other', () => {
  assert.deepEqual(loadConfig('/nonexistent/picket.yaml'), {
    kind: 'mistaken',
    text: '',
    mistakes: [
      {
        path: '',
        place: undefined,
        problem: 'there is no such file',
        found: undefined,
        allowed: undefined,
        suggestion: undefined,
        secret: false,
      },
    ],
  })
})

test('what is given as a configuration and is none: one mistake that says what it is', (t) => {
  const path = folder(t)
  const file = (name: string, content: string | Buffer): string => {
    writeFileSync(join(path, name), content)
    return join(path, name)
  }
  const empty: (string | undefined)[] = [
    'is empty',
    'the least: {sources: {containers: {kind: containers}}, outputs: {local: {kind: local}}}',
  ]
  const table: [string, (string | undefined)[]][] = [
    [path, ['is a folder; name the file in it', undefined]],
    [join(file('plain.yaml', ''), 'picket.yaml'), ['a part of the path is a file', undefined]],
    [file('empty.yaml', ''), empty],
    [file('blank.yaml', ' \n\n'), empty],
    ['/dev/null', empty],
    [file('bom.yaml', Buffer.from([0xff, 0xfe, 0x61, 0])), ['is not UTF-8 text', undefined]],
    [
      file('tabs.yaml', 'sources:\n\tc: {kind: containers}\n'),
      ['not valid YAML: a tab is used to indent', 'use blanks'],
    ],
    [file('text.yaml', 'just text\n'), ['must be a block of options', undefined]],
    [file('list.yaml', '- a\n'), ['must be a block of options', undefined]],
  ]
  for (const [given, expected] of table) {
    const loaded = loadConfig(given)
    const found = loaded.kind === 'mistaken' ? loaded.mistakes.map((m) => [m.problem, m.suggestion]) : []
    assert.deepEqual(found, [expected], given)
  }
})

test('a secret file that is replaced as kubelet does it is read again', (t) => {
  const path = folder(t)
  const key = join(path, 'key')
  writeFileSync(key, 'first\n')
  writeFileSync(join(path, 'picket.yaml'), `${SEARCH}, api_key: "file:${key}"}}`)
  const loaded = loadConfig(join(path, 'picket.yaml'))
  assert.equal(loaded.kind, 'loaded')
  const output = loaded.kind === 'loaded' ? loaded.config.outputs[0] : undefined
  assert.ok(output?.kind === 'elasticsearch' && output.authentication.kind === 'api_key')
  const { apiKey } = output.authentication
  assert.equal(apiKey.reveal(), 'first')
  writeFileSync(join(path, 'next'), 'other\n')
  renameSync(join(path, 'next'), key)
  assert.equal(apiKey.reveal(), 'other')
})

test('what code wrote is taken literally', () => {
  const loaded = loadValue(defaultConfig({ stateDir: '/state/$' + '{HOME}' }))
  assert.equal(loaded.kind === 'loaded' && loaded.config.stateDir, '/state/$' + '{HOME}')
})

test('the effective configuration is a configuration, and its own effective one', () => {
  const loaded = loadText(
    'sources: {c: {kind: containers}, f: {kind: files, paths: [/x]}}\noutputs: {l: {kind: local}, s: {kind: stdout}}',
  )
  assert.ok(loaded.kind === 'loaded')
  const yaml = effectiveYaml(loaded.effective, loaded.config)
  const again = loadText(yaml)
  assert.ok(again.kind === 'loaded', yaml)
  assert.equal(effectiveYaml(again.effective, again.config), yaml)
  assert.deepEqual(again.config, loaded.config)
})

test('the effective configuration shows no secrets', () => {
  const loaded = loadText(`${SEARCH}, api_key: hunter2, headers: {X-Key: hunter2}}}\nserver: {token: hunter2}`)
  assert.ok(loaded.kind === 'loaded')
  const yaml = effectiveYaml(loaded.effective, loaded.config)
  assert.ok(!yaml.includes('hunter2'))
  const { outputs, server } = parse(yaml) as {
    outputs: { o: { api_key: string; headers: object } }
    server: { token: string }
  }
  assert.deepEqual([outputs.o.api_key, outputs.o.headers, server.token], ['***', { 'X-Key': '***' }, '***'])
})
