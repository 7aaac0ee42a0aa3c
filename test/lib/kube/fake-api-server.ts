import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** What one request was: enough to say which list or watch it asked for. */
export interface Seen {
  readonly method: string
  readonly path: string
  readonly query: Record<string, string>
  readonly headers: http.IncomingHttpHeaders
}

/** One request that waits for the test to answer it. */
export interface Pending extends Seen {
  /** The client's, which tells connections apart. */
  readonly port: number | undefined
  /** Its whole body, as text. */
  body(): Promise<string>
  json(body: unknown, status?: number, headers?: Record<string, string>): void
  /** Sends the head and keeps the stream open. */
  open(): void
  /** Sends the head of a body that is not there yet. Resolves when it has gone out. */
  head(status: number): Promise<void>
  /** Any bytes, as they are. */
  write(text: string | Uint8Array): void
  event(type: string, object: unknown): void
  end(): void
  /** Cuts the connection. */
  drop(): void
  /** Resolves when the client has gone away. */
  readonly closed: Promise<void>
}

export interface FakeApiServer {
  readonly url: string
  /** The next request, in the order of arrival. */
  next(): Promise<Pending>
  /** Requests so far that have not been taken with next(). */
  readonly waiting: number
  close(): Promise<void>
}

const deadline = <T>(promise: Promise<T>, what: string): Promise<T> => {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`${what} within 5 s`)), 5000)
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

const pending = (request: http.IncomingMessage, response: http.ServerResponse): Pending => {
  const url = new URL(request.url ?? '', 'http://x')
  const { promise: closed, resolve } = Promise.withResolvers<void>()
  response.on('close', resolve)
  const open = (): void => {
    if (!response.headersSent) response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders()
  }
  return {
    method: request.method ?? '',
    port: request.socket.remotePort,
    body: () => text(request),
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: request.headers,
    json: (body, status = 200, headers = {}) => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
    },
    open,
    head: (status) => {
      response.writeHead(status, { 'content-type': 'application/json', 'content-length': '100' })
      return new Promise((resolve) => void response.write('{', () => resolve()))
    },
    write: (text) => {
      open()
      response.write(text)
    },
    event: (type, object) => {
      open()
      response.write(`${JSON.stringify({ type, object })}\n`)
    },
    end: () => {
      open()
      response.end()
    },
    drop: () => void request.socket.destroy(),
    closed: deadline(closed, 'the client did not go away'),
  }
}

/** An API server that does what the test says, request by request. Nothing answers by itself, so nothing depends on timing. */
export const startFakeApiServer = async (port = 0): Promise<FakeApiServer> => {
  const queue: Pending[] = []
  const takers: ((one: Pending) => void)[] = []
  const server = http.createServer((request, response) => {
    const one = pending(request, response)
    one.closed.catch(() => {})
    const taker = takers.shift()
    if (taker) taker(one)
    else queue.push(one)
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    next: () => {
      const one = queue.shift()
      if (one) return Promise.resolve(one)
      const { promise, resolve } = Promise.withResolvers<Pending>()
      takers.push(resolve)
      return deadline(promise, 'no request came')
    },
    get waiting() {
      return queue.length
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
