import type { IncomingMessage } from 'node:http'
import zlib from 'node:zlib'

/** One answer of the server, read whole. */
export interface Answer {
  readonly status: number
  /** Value of a header by its lower-case name. */
  header(name: string): string | undefined
  readonly body: Buffer
  /** The connection ended before the answer did. */
  readonly cut: boolean
}

/** Far above any honest answer: 100,000 items with a long reason each. */
export const maxAnswerBytes = 64 * 1024 * 1024

const none = Buffer.alloc(0)

/** We never ask for a compressed answer; some proxies send one all the same. */
const inflate = (body: Buffer, encoding: string | undefined): Buffer =>
  encoding === undefined || encoding === 'identity' || body.length === 0
    ? body
    : zlib.unzipSync(body, { maxOutputLength: maxAnswerBytes })

/** The answer whose head is `response` and whose body came in these parts. */
export const composeAnswer = (response: IncomingMessage, parts: readonly Buffer[], cut: boolean): Answer => {
  const status = response.statusCode ?? 0
  const { headers } = response
  const header = (name: string): string | undefined => {
    const value = headers[name]
    return Array.isArray(value) ? value[0] : value
  }
  const body = parts.length === 1 ? parts[0]! : Buffer.concat(parts)
  try {
    return { status, header, body: inflate(body, headers['content-encoding']), cut }
  } catch {
    return { status, header, body: none, cut: true }
  }
}
