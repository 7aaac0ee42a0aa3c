import type { IncomingMessage, ServerResponse } from 'node:http'
import { createListener, type Server, type TlsFiles } from '../../lib/http/listener.ts'
import { jsonReply, type Reply, textReply } from '../../lib/http/reply.ts'
import { writeReply } from '../../lib/http/write-reply.ts'
import { authorised } from '../server/authorised.ts'
import type { StatusReply, VitalsReply } from './api.ts'
import { securityHeaders, writeAsset } from './assets.ts'
import { refusal } from './guard.ts'
import type { Job } from './reader/job.ts'
import { searchQuery } from './search-query.ts'
import type { StoreReaders } from './store-readers.ts'
import { streamTail, tailHeaders } from './stream-tail.ts'

export interface PageOptions {
  /** host:port, [IPv6]:port, :port, or off. */
  readonly listen: string
  readonly tls: TlsFiles | undefined
  /** Bearer token for everything that is not the page's own files. */
  readonly token: string | undefined
  /** Names that a browser may know this server by, besides `localhost`. */
  readonly names: readonly string[]
}

export interface PageDeps {
  readonly status: () => StatusReply
  readonly vitals: (sinceMs: number) => VitalsReply
  /** undefined: this agent has no store. */
  readonly readers: StoreReaders | undefined
  readonly failed: (error: Error) => void
}

interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly url: URL
  readonly deps: PageDeps
}

type Route = (exchange: Exchange) => Promise<void>

const reply = ({ request, response }: Exchange, { status, headers, body }: Reply): Promise<void> =>
  writeReply(request, response, { status, body, headers: { ...headers, ...securityHeaders } })

const noStore: Reply = jsonReply(404, { kind: 'failed', reason: 'this agent has no embedded store' })
/** Whoever is refused gives the connection back too: those that wait idle are places that others lack. */
const busy: Reply = {
  ...jsonReply(503, { kind: 'failed', reason: 'too many tails are open; close another one' }),
  headers: { 'content-type': 'application/json; charset=utf-8', connection: 'close' },
}

const ask = async (exchange: Exchange, job: Exclude<Job, { kind: 'tail' }>): Promise<void> => {
  const { readers } = exchange.deps
  if (!readers) return reply(exchange, noStore)
  const gone = new AbortController()
  exchange.response.on('close', () => gone.abort())
  const body = await readers.ask(job, gone.signal)
  await reply(exchange, { ...jsonReply(200, {}), body })
}

const routes: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['/api/status', (exchange) => reply(exchange, jsonReply(200, exchange.deps.status()))],
  [
    '/api/vitals',
    (exchange) => reply(exchange, jsonReply(200, exchange.deps.vitals(Number(exchange.url.searchParams.get('since'))))),
  ],
  ['/api/search', (exchange) => ask(exchange, { kind: 'search', search: searchQuery(exchange.url.searchParams) })],
  [
    '/api/record',
    (exchange) => ask(exchange, { kind: 'record', row: Number(exchange.url.searchParams.get('row')) || 0 }),
  ],
  [
    '/api/tail',
    (exchange) => {
      const { readers } = exchange.deps
      if (!readers) return reply(exchange, noStore)
      // Nothing would ever be sent, and nobody told that there is nothing more to come.
      if (exchange.request.method === 'HEAD') return reply(exchange, { status: 200, headers: tailHeaders, body: '' })
      const tail = readers.tail(exchange.url.searchParams.get('query') ?? '')
      return tail ? streamTail(exchange.request, exchange.response, tail) : reply(exchange, busy)
    },
  ],
])

const answer = async (exchange: Exchange, { token, names }: PageOptions): Promise<void> => {
  const { request, response, url } = exchange
  const { host, authorization, 'sec-fetch-site': site } = request.headers
  const refused = refusal({ host, site: site?.toString(), path: url.pathname }, names)
  if (refused !== undefined) return reply(exchange, textReply(403, refused))
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('connection', 'close')
    return reply(exchange, textReply(405, 'only GET and HEAD', { allow: 'GET, HEAD' }))
  }
  const route = routes.get(url.pathname)
  if (!route) {
    if (!writeAsset(url.pathname, request, response)) await reply(exchange, textReply(404, 'not found'))
    return
  }
  // No `Basic`, so that the browser does not ask: the page has a form of its own, and keeps the token from other tabs.
  if (token !== undefined && !authorised(authorization, token))
    return reply(exchange, textReply(401, 'a bearer token is needed', { 'www-authenticate': 'Bearer realm="picket"' }))
  return route(exchange)
}

/** The node page: its files, and the data that they ask for. */
export const createPage = (options: PageOptions, deps: PageDeps): Server => {
  const handler = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = URL.parse(request.url ?? '/', 'http://page')
    if (!url) return writeReply(request, response, textReply(400, 'this is no address'))
    const exchange = { request, response, url, deps }
    try {
      await answer(exchange, options)
    } catch (error) {
      if (!response.headersSent) await reply(exchange, textReply(500, 'the request failed; the agent’s log says why'))
      else response.destroy()
      deps.failed(error as Error)
    }
  }
  return createListener({
    listen: options.listen,
    option: 'server.page',
    tls: options.tls,
    handler,
    failed: deps.failed,
  })
}
