import type { IncomingMessage, ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Reply } from './reply.ts'

const gzipped = promisify(gzip)

// Below this a scrape fits a packet or two and gzip's own state (some 256 KB for a moment) is the larger cost.
const WORTH_COMPRESSING_BYTES = 2048

/** RFC 9110, 12.5.3: gzip is named, or `*` stands for it, and not refused with q=0. */
export const acceptsGzip = (acceptEncoding: string | undefined): boolean => {
  const weights = new Map(
    (acceptEncoding ?? '').split(',').map((part): [string, number] => {
      const [coding = '', ...parameters] = part.split(';').map((p) => p.trim().toLowerCase())
      const quality = parameters.find((p) => p.startsWith('q='))
      return [coding, quality === undefined ? 1 : Number(quality.slice(2))]
    }),
  )
  return (weights.get('gzip') ?? weights.get('*') ?? 0) > 0
}

export const writeReply = async (request: IncomingMessage, response: ServerResponse, reply: Reply): Promise<void> => {
  const plain = Buffer.from(reply.body)
  const compress =
    plain.length >= WORTH_COMPRESSING_BYTES && acceptsGzip(request.headers['accept-encoding']?.toString())
  const body = compress ? await gzipped(plain, { level: 1 }) : plain
  response.writeHead(reply.status, {
    ...reply.headers,
    ...(compress ? { 'content-encoding': 'gzip' } : {}),
    'content-length': body.length,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    vary: 'Accept, Accept-Encoding',
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}
