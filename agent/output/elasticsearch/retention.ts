import { type Ask, jsonOf, productOf, reasonOf } from './ask.ts'
import type { Reply } from './client.ts'

/** What came of one thing that a command does or takes away. */
export interface Deed {
  readonly kind: 'done' | 'left' | 'failed'
  readonly words: string
}

export const isDone = (reply: Reply): boolean => reply.kind === 'answer' && reply.answer.status === 200

const isAbsent = (reply: Reply): boolean => reply.kind === 'answer' && reply.answer.status === 404

const ofOpenSearch = (reply: Reply): boolean => reply.kind === 'answer' && productOf(reply.answer) === 'opensearch'

/** That a data stream does not take a setting is a 200 with its reason. */
const refusal = (reply: Reply): string | undefined => {
  if (reply.kind !== 'answer' || !isDone(reply)) return reasonOf(reply)
  const { data_streams: [stream] = [] } = (jsonOf(reply.answer) ?? {}) as {
    readonly data_streams?: readonly { readonly applied_to_data_stream?: boolean; readonly error?: string }[]
  }
  return stream?.applied_to_data_stream === false ? (stream.error ?? 'not applied') : undefined
}

const OPENSEARCH =
  'OpenSearch has no lifecycle of data streams: let a policy of its index state management delete the indices'

/**
 * Makes the data stream where it is not there yet, and has the server delete what is older. By the stream's own settings, which outlive
 * every change of a template; its backing indices, old and new, leave the template's ILM policy (prefer_ilm). Elasticsearch 8.19 and later.
 */
export const setRetention = async (ask: Ask, stream: string, retention: string): Promise<Deed> => {
  const path = `/_data_stream/${encodeURIComponent(stream)}`
  const failed = (words: string): Deed => ({
    kind: 'failed',
    words: `data stream ${stream}: retention not set: ${words}`,
  })
  const found = await ask('GET', path, '')
  if (!isDone(found) && !isAbsent(found)) return failed(reasonOf(found))
  if (ofOpenSearch(found)) return failed(OPENSEARCH)
  const made = isAbsent(found) ? await ask('PUT', path, '') : found
  if (!isDone(made)) return failed(reasonOf(made))
  const unset = refusal(await ask('PUT', `${path}/_settings`, '', { 'index.lifecycle.prefer_ilm': false }))
  if (unset !== undefined) return failed(`${unset} (Elasticsearch before 8.19 cannot do it)`)
  const reply = await ask('PUT', `${path}/_lifecycle`, '', { data_retention: retention })
  return isDone(reply)
    ? { kind: 'done', words: `data stream ${stream}: documents are deleted after ${retention}` }
    : failed(reasonOf(reply))
}
