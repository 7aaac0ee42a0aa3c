import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { createCriWriter } from '../../support/cri-writer.ts'
import { eventually } from '../../support/eventually.ts'
import { narrowKey } from '../elasticsearch/api-key.ts'
import { freePorts } from '../elasticsearch/free-ports.ts'
import type { RunningServer } from '../elasticsearch/start.ts'
import { heldFor, labAgent } from './lab-agent.ts'
import { numbersTemplate, refusedContainer, takenContainer } from './numbers-template.ts'
import { searchAll } from './search-all.ts'

const stream = 'logs-kubernetes.container_logs-keys'

/** The key that the documentation describes, from a file; revoked and replaced in the middle. Its stream has a failure store. */
export const apiKeyChecks = async (context: TestContext, server: RunningServer, folder: string): Promise<void> => {
  const [port = 0] = await freePorts(1)
  const log = join(folder, 'log')
  const keyFile = join(folder, 'api-key')
  const first = await narrowKey(server)
  fs.writeFileSync(join(folder, 'ca.crt'), server.ca as string)
  fs.writeFileSync(keyFile, first.encoded, { mode: 0o600 })
  await server.ask('PUT', '/_index_template/keys', numbersTemplate(stream, { failureStore: true }))
  const fits = createCriWriter(log, 'shop', 'good-0', takenContainer)
  const clashes = createCriWriter(log, 'shop', 'bad-0', refusedContainer)
  const write = (): void => {
    for (let n = 0; n < 50; n += 1) for (const writer of [fits, clashes]) writer.line()
  }
  const config = `state_dir: ${folder}/state
sources:
  containers: { kind: containers, path: ${log}/containers, allowed_roots: [${log}/pods], poll_interval: 200ms }
outputs:
  search:
    kind: elasticsearch
    hosts: ["${server.url}"]
    data_stream: { namespace: keys }
    ca_file: ${folder}/ca.crt
    api_key: file:${keyFile}
    buffer: { retry_max_interval: 2s }
server: { listen: "127.0.0.1:${port}" }
`
  write()
  const agent = labAgent(context, { folder, config, port })
  await agent.start()
  const verdicts = async (count: number): Promise<boolean> =>
    (await agent.metric('picket_delivered_documents_total')) === count

  await context.test('the documented key delivers; what the failure store takes is counted apart', async () => {
    await eventually('100 verdicts', () => verdicts(100), 60_000)
    assert.equal(await agent.metric('picket_failure_store_documents_total'), 50)
    assert.equal(await agent.metric('picket_dead_lettered_documents_total'), 0)
    const found = await searchAll(server, stream)
    assert.deepEqual(found.map(({ _source: source }) => source.message).sort(), [...fits.written].sort())
  })

  await context.test('a key that is revoked is a hold that says so; the next one is taken from its file', async () => {
    await server.ask('DELETE', '/_security/api_key', { ids: [first.id] })
    write()
    await heldFor(agent, /401.*does not accept the credentials/)
    fs.writeFileSync(keyFile, (await narrowKey(server)).encoded)
    await eventually('200 verdicts', () => verdicts(200), 60_000)
    assert.equal(await agent.metric('picket_output_held'), 0)
    assert.equal(await agent.metric('picket_failure_store_documents_total'), 100)
    assert.equal(await agent.stop(), 0)
  })
}
