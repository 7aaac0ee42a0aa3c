import type { Answer } from './answer.ts'
import type { Client, Reply, Request } from './client.ts'
import type { Product } from './template.ts'

/** A request about templates and data streams; the path is escaped. Never throws. */
export type Ask = (method: Request['method'], path: string, query: string, body?: unknown) => Promise<Reply>

export const asker =
  (client: Client, signal: AbortSignal): Ask =>
  (method, path, query, body) =>
    client.request(
      {
        method,
        path,
        query,
        body: body === undefined ? undefined : Buffer.from(JSON.stringify(body)),
        contentType: 'application/json',
        encoding: 'identity',
      },
      signal,
    )

export const jsonOf = (answer: Answer): unknown => {
  try {
    return JSON.parse(answer.body.toString('utf8'))
  } catch {
    return undefined
  }
}

interface ServerError {
  readonly reason?: string
  readonly caused_by?: ServerError
}

/** The server's words, the cause behind them last: a template's outermost reason says only that it is invalid. */
const chain = (error: ServerError | string | undefined): readonly string[] =>
  typeof error === 'string' ? [error] : error ? [error.reason ?? '', ...chain(error.caused_by)].filter(Boolean) : []

export const reasonOf = (reply: Reply): string => {
  if (reply.kind !== 'answer') return reply.reason
  const { error } = (jsonOf(reply.answer) ?? {}) as { readonly error?: ServerError | string }
  return [String(reply.answer.status), ...new Set(chain(error))].join(': ')
}

/** Elasticsearch names itself in every answer (since 7.14, not on 401); OpenSearch does not. */
export const productOf = (answer: Answer): Product =>
  answer.header('x-elastic-product') === 'Elasticsearch' ? 'elasticsearch' : 'opensearch'
