import http from 'node:http'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import zlib from 'node:zlib'

export interface Seen {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: http.IncomingHttpHeaders
  /** Inflated. */
  readonly body: string
}

export type Responder = (seen: Seen, response: http.ServerResponse, request: http.IncomingMessage) => void

export interface FakeServer {
  readonly url: string
  readonly port: number
  readonly seen: Seen[]
  /** What it answers to `_bulk`; everything else gets `other`. */
  bulk: Responder
  other: Responder
  close(): Promise<void>
}

export const json =
  (status: number, body: unknown, headers: Record<string, string> = {}): Responder =>
  (_, response) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))

/** Documents in a bulk body of pairs of lines. */
const documentsOf = (body: string): number => body.split('\n').length >> 1

/** Elasticsearch's answer when all is well, with our filter_path applied. */
export const allCreated: Responder = (seen, response) => {
  const items = Array.from({ length: documentsOf(seen.body) }, () => ({ create: { status: 201 } }))
  json(200, { errors: false, items }, { 'x-elastic-product': 'Elasticsearch' })(seen, response, null as never)
}

export const startFakeServer = async (tls?: https.ServerOptions, port = 0): Promise<FakeServer> => {
  const fake = { seen: [] as Seen[], bulk: allCreated, other: json(404, {}) }
  const handle: http.RequestListener = (request, response) => {
    const parts: Buffer[] = []
    request.on('error', () => {})
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const url = new URL(request.url!, 'http://fake')
      const bytes = Buffer.concat(parts)
      const body = (request.headers['content-encoding'] === 'gzip' ? zlib.gunzipSync(bytes) : bytes).toString()
      const { method = '', headers } = request
      const seen = { method, path: url.pathname, query: url.searchParams, headers, body }
      fake.seen.push(seen)
      const answer = url.pathname.endsWith('/_bulk') ? fake.bulk : fake.other
      answer(seen, response, request)
    })
  }
  const server = tls ? https.createServer(tls, handle) : http.createServer(handle)
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const address = server.address() as AddressInfo
  return Object.assign(fake, {
    port: address.port,
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${address.port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  })
}
