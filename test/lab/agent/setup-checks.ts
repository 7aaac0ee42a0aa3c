import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import fs from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { narrowKey } from '../elasticsearch/api-key.ts'
import type { RunningServer } from '../elasticsearch/start.ts'

const LAUNCHER = join(import.meta.dirname, '../../../bin/picket.mjs')
const CPU = 'metrics-system.cpu-setup'

interface Ran {
  readonly code: number
  readonly text: string
}

const run = (argv: readonly string[]): Promise<Ran> =>
  new Promise((resolve) => {
    execFile(process.execPath, [LAUNCHER, 'elasticsearch', ...argv], (error, out, said) =>
      resolve({ code: error === null ? 0 : Number(error.code), text: out + said }),
    )
  })

const configOf = (
  server: RunningServer,
  folder: string,
  keyFile: string | undefined,
): string => `state_dir: ${folder}/state
sources:
  containers: { kind: containers, path: ${folder}, allowed_roots: [${folder}] }
  node: { kind: metrics, sets: [cpu] }
outputs:
  search:
    kind: elasticsearch
    hosts: ["${server.url}"]
    data_stream: { namespace: setup }
${keyFile === undefined ? '' : `    ca_file: ${folder}/ca.crt\n    api_key: file:${keyFile}\n`}`

interface Templates {
  readonly index_templates: readonly { readonly index_template: Readonly<Record<string, unknown>> }[]
}

const templateOf = async (server: RunningServer, name: string): Promise<Readonly<Record<string, unknown>>> => {
  const { index_templates: found } = await server.ask<Templates>('GET', `/_index_template/${name}`)
  // Without what the server adds, and refuses to be given.
  return Object.fromEntries(Object.entries(found[0]?.index_template ?? {}).filter(([key]) => !key.includes('_date')))
}

/** `picket elasticsearch`; where the server has security, with the key that the documentation describes. */
export const setupChecks = async (context: TestContext, server: RunningServer, folder: string): Promise<void> => {
  const keyFile = join(folder, 'api-key')
  const secure = server.ca !== undefined
  if (secure) {
    fs.writeFileSync(join(folder, 'ca.crt'), server.ca as string)
    fs.writeFileSync(keyFile, (await narrowKey(server, 'picket-setup')).encoded, { mode: 0o600 })
  }
  const config = join(folder, 'setup.yaml')
  fs.writeFileSync(config, configOf(server, folder, secure ? keyFile : undefined))
  const picket = (...argv: string[]): Promise<Ran> => run([...argv, '--config', config])

  const metrics = 'picket-metrics-system'
  await context.test('setup installs the templates with the documented key, and finds them the next time', async () => {
    const first = await picket('setup')
    assert.deepEqual([first.code, /installed picket-metrics-system/.test(first.text)], [0, true], first.text)
    const second = await picket('setup')
    assert.deepEqual([second.code, /picket-metrics-system is used for/.test(second.text)], [0, true], second.text)
  })

  await context.test('retention: what this server lacks is a failure in its words', async () => {
    const { code, text } = await picket('setup', '--retention', '30d')
    // The lab's Elasticsearch is without the module that serves _data_stream; OpenSearch has it, and no lifecycle.
    const words = server.product === 'opensearch' ? /OpenSearch has no lifecycle/ : /retention not set: 40[05]: /
    assert.equal(code, 1)
    assert.match(text, words)
  })

  await context.test('remove takes away its own template, and leaves one that is edited', async () => {
    const own = await templateOf(server, metrics)
    await server.ask('PUT', `/_index_template/${metrics}`, { ...own, priority: 160 })
    assert.match((await picket('remove')).text, /picket-metrics-system: stays: somebody has changed it/)
    await server.ask('PUT', `/_index_template/${metrics}`, own)
    const removed = await picket('remove')
    assert.deepEqual([removed.code, /picket-metrics-system: deleted/.test(removed.text)], [0, true], removed.text)
    assert.match((await picket('remove')).text, /picket-metrics-system: there is none/)
  })

  await context.test('remove leaves a template without which a data stream could not go on', async () => {
    assert.equal((await picket('setup')).code, 0)
    await server.ask('POST', `/${CPU}/_doc`, { '@timestamp': new Date().toISOString() })
    const { code, text } = await picket('remove')
    assert.deepEqual([code, /picket-metrics-system: stays: .*in use by/.test(text)], [0, true], text)
  })
}
