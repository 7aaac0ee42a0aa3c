import type { IncomingMessage } from 'node:http'
import HttpConnection from '@elastic/transport/lib/connection/HttpConnection.js'
import Transport from '@elastic/transport/lib/Transport.js'
import type { Clock } from '../../../lib/io/clock.ts'
import { type Answer, readAnswer } from './answer.ts'
import { type Deadline, startDeadline } from './deadline.ts'
import { createHosts, type Hosts } from './hosts.ts'
import type { Auth, ElasticsearchOptions, TlsOptions } from './options.ts'

export interface Request {
  readonly method: 'GET' | 'POST' | 'PUT'
  /** Escaped; the host's own path prefix is put before it. */
  readonly path: string
  /** Without the question mark. */
  readonly query: string
  readonly body: Buffer | undefined
  readonly contentType: string
  readonly encoding: 'identity' | 'gzip'
}

/** No answer at all. */
export interface NoAnswer {
  readonly kind: 'timeout' | 'aborted' | 'connection' | 'secret'
  readonly reason: string
}

export type Reply = ({ readonly kind: 'answer' } & { readonly answer: Answer }) | NoAnswer

export interface Client {
  /** Never throws. */
  request(request: Request, signal: AbortSignal): Promise<Reply>
  close(): void
}

type ConnectionPool = ConstructorParameters<typeof Transport>[0]['connectionPool']

const authorization = (auth: Auth): string | undefined => {
  switch (auth.kind) {
    case 'none':
      return undefined
    case 'api_key':
      return `ApiKey ${auth.apiKey().trim()}`
    case 'bearer':
      return `Bearer ${auth.token().trim()}`
    case 'basic':
      return basic(auth.username, auth.password().replace(/\r?\n$/, ''))
  }
}

const basic = (username: string, password: string): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`

const tlsMaterial = (tls: TlsOptions) => ({
  ...(tls.ca && { ca: tls.ca() }),
  ...(tls.certificate && { cert: tls.certificate() }),
  ...(tls.key && { key: tls.key() }),
  ...(tls.keyPassphrase && { passphrase: tls.keyPassphrase().trim() }),
  // With a fingerprint HttpConnection looks at the authority itself, which nobody else needs to know.
  rejectUnauthorized: tls.verify && tls.caFingerprint === undefined,
})

/** Failures before a byte of the request was sent: libuv's connect and name look-up. */
const notSent = /^(connect|getaddrinfo) /

const createConnections = (options: ElasticsearchOptions, clock: Clock): Hosts<HttpConnection> => {
  const materials = new WeakMap<HttpConnection, string>()
  const connect = (url: URL): HttpConnection => {
    const tls = url.protocol === 'https:' ? tlsMaterial(options.tls) : undefined
    const bare = new URL(url)
    bare.username = bare.password = ''
    const user = url.username === '' ? undefined : [url.username, url.password].map(decodeURIComponent)
    const connection = new HttpConnection({
      url: bare,
      ...(tls && { tls }),
      ...(tls && options.tls.caFingerprint !== undefined && { caFingerprint: options.tls.caFingerprint }),
      headers: user ? { authorization: basic(user[0]!, user[1]!) } : {},
      agent: { keepAlive: true, maxSockets: options.requestsInFlight, maxFreeSockets: options.requestsInFlight },
    })
    materials.set(connection, JSON.stringify(tls))
    return connection
  }
  const stale = (connection: HttpConnection): boolean => {
    if (connection.url.protocol !== 'https:') return false
    try {
      return materials.get(connection) !== JSON.stringify(tlsMaterial(options.tls))
    } catch {
      return false
    }
  }
  const urls = options.hosts.map((host) => new URL(host))
  return createHosts(urls, connect, stale, clock)
}

const messageOf = (error: unknown): string => (error instanceof Error && error.message) || String(error)

/** Errors of the transport carry the connection that they happened on. */
const connectionOf = (error: unknown): HttpConnection | undefined =>
  (error as { readonly meta?: { readonly meta?: { readonly connection?: HttpConnection } } }).meta?.meta?.connection

/**
 * The official client's transport with plain media types, no product check, no retries of its own and no telemetry, so that
 * Elasticsearch 8, 9 and OpenSearch all take what it sends. It is asked for the answer as a stream: its own reader knows
 * no time-out once the headers are in, makes a string and a parsed object of every answer, and throws on 4xx.
 */
export const createClient = (options: ElasticsearchOptions, clock: Clock): Client => {
  const hosts = createConnections(options, clock)
  const transport = new Transport({
    connectionPool: hosts as unknown as ConnectionPool,
    maxRetries: 0,
    enableMetaHeader: false,
    openTelemetry: { enabled: false },
    // Redaction would copy the request into every error it throws, the body byte by byte: a failed connection stood the event
    // loop still for a second per 3 MB of body (measured). Nothing but the message of those errors is ever used.
    redaction: { type: 'off' },
    headers: { 'user-agent': `picket/${options.version}` },
  })
  const headersFor = (request: Request): Record<string, string> => {
    const headers: Record<string, string> = { accept: 'application/json', 'content-type': request.contentType }
    const credentials = authorization(options.auth)
    if (credentials !== undefined) headers.authorization = credentials
    if (request.encoding === 'gzip') headers['content-encoding'] = 'gzip'
    for (const name in options.headers) headers[name.toLowerCase()] = options.headers[name]!()
    return headers
  }

  const exchange = async (request: Request, headers: Record<string, string>, deadline: Deadline) => {
    const result = await transport.request(
      {
        method: request.method,
        path: request.path,
        querystring: request.query,
        ...(request.body && { bulkBody: request.body as unknown as string }),
      },
      { headers, signal: deadline.signal, asStream: true, meta: true },
    )
    const stream = result.body as unknown as IncomingMessage
    deadline.watch(stream)
    const answer = await readAnswer(result.statusCode, result.headers, stream)
    return { answer, connection: result.meta.connection as HttpConnection }
  }

  const once = async (
    request: Request,
    headers: Record<string, string>,
    signal: AbortSignal,
  ): Promise<Reply & { readonly connection?: HttpConnection | undefined }> => {
    const deadline = startDeadline(options.requestTimeoutMs, signal)
    const noAnswer = (reason: string, connection: HttpConnection | undefined) => {
      // Transport marks a failed connection itself, except where it was told to give up.
      if (deadline.late && connection) hosts.markDead(connection)
      if (deadline.late) return { kind: 'timeout', reason: `no answer within ${options.requestTimeoutMs} ms` } as const
      if (signal.aborted) return { kind: 'aborted', reason: 'stopped' } as const
      return { kind: 'connection', reason, connection } as const
    }
    try {
      const { answer, connection } = await exchange(request, headers, deadline)
      if (answer.cut && (deadline.late || signal.aborted)) return noAnswer('', connection)
      if (answer.status >= 502 && answer.status <= 504) hosts.markDead(connection)
      else hosts.markAlive(connection)
      return { kind: 'answer', answer }
    } catch (error) {
      return noAnswer(messageOf(error), connectionOf(error))
    } finally {
      deadline.clear()
    }
  }

  return {
    request: async (request, signal) => {
      if (signal.aborted) return { kind: 'aborted', reason: 'stopped' }
      let headers: Record<string, string>
      try {
        headers = headersFor(request)
      } catch (error) {
        return { kind: 'secret', reason: messageOf(error) }
      }
      for (let tries = 1; ; tries++) {
        const reply = await once(request, headers, signal)
        const elsewhere =
          reply.kind === 'connection' && notSent.test(reply.reason) && reply.connection && tries < hosts.size
        if (!elsewhere || !hosts.hasOther(reply.connection)) return reply
      }
    },
    close: () => {
      for (const connection of hosts.connections) connection.agent?.destroy()
    },
  }
}
