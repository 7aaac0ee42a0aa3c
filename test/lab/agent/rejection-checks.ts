import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { createCriWriter } from '../../support/cri-writer.ts'
import { eventually } from '../../support/eventually.ts'
import { freePorts } from '../elasticsearch/free-ports.ts'
import type { RunningServer } from '../elasticsearch/start.ts'
import { labAgent } from './lab-agent.ts'
import { numbersTemplate, refusedContainer, takenContainer } from './numbers-template.ts'
import { searchAll } from './search-all.ts'

interface Letter {
  readonly output: string
  readonly status: number
  readonly type: string
  readonly reason: string
  readonly document: { readonly message: string }
}

const lettersBelow = (folder: string): readonly Letter[] =>
  fs
    .globSync(join(folder, 'state/dead-letters/search/*.ndjson'))
    .flatMap((path) => fs.readFileSync(path, 'utf8').split('\n'))
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Letter)

const stream = 'logs-kubernetes.container_logs-numbers'

export const rejectionChecks = async (context: TestContext, server: RunningServer, folder: string): Promise<void> => {
  await context.test(
    'a mapping conflict: dead-letter file with the reason, and its neighbours arrive',
    async (inner) => {
      await server.ask('PUT', '/_index_template/numbers', numbersTemplate(stream, { failureStore: false }))
      const [port = 0] = await freePorts(1)
      const log = join(folder, 'log')
      const fits = createCriWriter(log, 'shop', 'good-0', takenContainer)
      const clashes = createCriWriter(log, 'shop', 'bad-0', refusedContainer)
      for (let n = 0; n < 50; n += 1) for (const writer of [fits, clashes]) writer.line()
      const config = `state_dir: ${folder}/state
sources:
  containers: { kind: containers, path: ${log}/containers, allowed_roots: [${log}/pods] }
outputs:
  search: { kind: elasticsearch, hosts: ["${server.url}"], data_stream: { namespace: numbers } }
server: { listen: "127.0.0.1:${port}" }
`
      const agent = labAgent(inner, { folder, config, port })
      await agent.start()
      await eventually('100 verdicts', async () => {
        const [taken, refused] = [
          await agent.metric('picket_delivered_documents_total'),
          await agent.metric('picket_dead_lettered_documents_total'),
        ]
        return taken === 50 && refused === 50
      })
      const letters = lettersBelow(folder)
      assert.deepEqual(letters.map(({ document }) => document.message).sort(), [...clashes.written].sort())
      for (const { output, status, type, reason } of letters) {
        assert.deepEqual([output, status, type], ['search', 400, 'document_parsing_exception'])
        assert.match(reason, /failed to parse field \[container\.name\] of type \[integer\]/)
      }
      const found = await searchAll(server, stream)
      assert.deepEqual(found.map(({ _source: source }) => source.message).sort(), [...fits.written].sort())
      assert.equal(await agent.stop(), 0)
    },
  )
}
