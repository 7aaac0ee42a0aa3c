import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { createCriWriter } from '../../support/cri-writer.ts'
import { eventually } from '../../support/eventually.ts'
import { freePorts } from '../elasticsearch/free-ports.ts'
import { labOutput } from '../elasticsearch/lab-output.ts'
import { admin, writer as narrow, type RunningServer } from '../elasticsearch/start.ts'
import { containerStream } from './found-checks.ts'
import { heldFor, labAgent } from './lab-agent.ts'
import { searchAll } from './search-all.ts'

const installTemplate = async (server: RunningServer): Promise<void> => {
  const auth = { kind: 'basic', username: admin.name, password: () => admin.password } as const
  const operator = labOutput(server, containerStream, { auth })
  assert.equal((await operator.installTemplate(new AbortController().signal)).kind, 'installed')
  await operator.close()
}

/** Basic authentication over TLS as the user that the documentation describes, its password from a file. */
export const securityChecks = async (context: TestContext, server: RunningServer, folder: string): Promise<void> => {
  const [port = 0] = await freePorts(1)
  const log = join(folder, 'log')
  const password = join(folder, 'password')
  fs.writeFileSync(join(folder, 'ca.crt'), server.ca as string)
  fs.writeFileSync(password, 'not the password', { mode: 0o600 })
  const pod = createCriWriter(log, 'shop', 'web-0', 'nginx')
  for (let n = 0; n < 200; n += 1) pod.line()
  const config = `state_dir: ${folder}/state
sources:
  containers: { kind: containers, path: ${log}/containers, allowed_roots: [${log}/pods] }
outputs:
  search:
    kind: elasticsearch
    hosts: ["${server.url}"]
    ca_file: ${folder}/ca.crt
    username: ${narrow.name}
    password: file:${password}
    buffer: { retry_max_interval: 2s }
server: { listen: "127.0.0.1:${port}" }
`
  const agent = labAgent(context, { folder, config, port })
  await agent.start()

  await context.test('a wrong password is a hold that says so; the right one is taken from its file', async () => {
    await heldFor(agent, /401.*does not accept the credentials/)
    fs.writeFileSync(password, narrow.password)
    await heldFor(agent, /404 index_not_found_exception/)
  })

  await context.test(
    'a user that may not install the template says so, waits, and goes on once it is there',
    async () => {
      const told = agent.log().filter(({ kind }) => kind === 'index_template')
      assert.match(String(told.at(-1)?.message), /none matches .* could not be installed: 403/)
      await installTemplate(server)
      const enough = async (): Promise<boolean> => (await agent.metric('picket_delivered_documents_total')) === 200
      await eventually('200 documents', enough, 60_000)
      const found = await searchAll(server, containerStream)
      assert.deepEqual(found.map(({ _source: source }) => source.message).sort(), [...pod.written].sort())
      assert.deepEqual(agent.unready, [])
      assert.equal(await agent.stop(), 0)
    },
  )

  await context.test('no secret is in the agent’s log', () => {
    const text = JSON.stringify(agent.log())
    for (const secret of [narrow.password, 'not the password']) assert.ok(!text.includes(secret), secret)
  })
}
