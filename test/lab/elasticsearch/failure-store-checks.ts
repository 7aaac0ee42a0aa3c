import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { items, labOutput } from './lab-output.ts'
import { admin, type RunningServer } from './start.ts'
import { wireLog } from './wire-documents.ts'

const signal = new AbortController().signal

/** An offset above 127 does not fit. */
const failureStoreTemplate = (stream: string, enabled: boolean): Record<string, unknown> => ({
  index_patterns: [stream],
  data_stream: {},
  priority: 400,
  template: {
    data_stream_options: { failure_store: { enabled } },
    mappings: { properties: { log: { properties: { offset: { type: 'byte' } } } } },
  },
})

interface Failures {
  readonly hits: { readonly hits: readonly { readonly _source: { readonly error: { readonly type: string } } }[] }
}

/** Documents 0 and 1 have the offsets 0 and 100, which a byte holds; the others have more. */
export const failureStoreChecks = async (context: TestContext, server: RunningServer): Promise<void> => {
  const auth = { kind: 'basic', username: admin.name, password: () => admin.password } as const

  await context.test('what the failure store takes is delivered, and counted apart', async () => {
    const log = wireLog('failures')
    await server.ask('PUT', '/_index_template/failures', failureStoreTemplate(log.stream, true))
    const output = labOutput(server, log.stream, { auth })
    assert.deepEqual(await output.send(log.body(0, 5), signal), items({ created: 2, failureStore: 3 }))
    await server.ask('POST', `/${log.stream}::failures/_refresh`)
    const { hits } = await server.ask<Failures>('GET', `/${log.stream}::failures/_search`)
    assert.deepEqual(
      hits.hits.map(({ _source: source }) => source.error.type),
      Array(3).fill('document_parsing_exception'),
    )
    await output.close()
  })

  await context.test('without one they are rejected, for the dead letters', async () => {
    const log = wireLog('failing')
    await server.ask('PUT', '/_index_template/failing', failureStoreTemplate(log.stream, false))
    const output = labOutput(server, log.stream, { auth })
    const outcome = await output.send(log.body(0, 5), signal)
    assert.ok(outcome.kind === 'items', JSON.stringify(outcome))
    assert.deepEqual(
      [outcome.created, outcome.failureStore, outcome.rejected.map(({ item, status }) => ({ item, status }))],
      [2, 0, [2, 3, 4].map((item) => ({ item, status: 400 }))],
    )
    await output.close()
  })
}
