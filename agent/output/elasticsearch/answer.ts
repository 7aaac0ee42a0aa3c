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
const maxAnswerBytes = 64 * 1024 * 1024

const join = (parts: readonly Buffer[]): Buffer => (parts.length === 1 ? parts[0]! : Buffer.concat(parts))

/** We never ask for a compressed answer; some proxies send one all the same. */
const inflate = (body: Buffer, encoding: string | undefined): Buffer =>
  encoding === undefined || encoding === 'identity' || body.length === 0
    ? body
    : zlib.unzipSync(body, { maxOutputLength: maxAnswerBytes })

const collect = async (stream: IncomingMessage): Promise<{ body: Buffer; cut: boolean }> => {
  const parts: Buffer[] = []
  let length = 0
  try {
    for await (const part of stream as AsyncIterable<Buffer>) {
      length += part.length
      if (length > maxAnswerBytes) throw new Error('answer too long')
      parts.push(part)
    }
    return { body: join(parts), cut: false }
  } catch {
    return { body: join(parts), cut: true }
  }
}

/**
 * Reads the body as bytes. `stream` ends early (cut) when its socket fails or the caller destroys it. Where the server
 * answered before it had the whole request, the socket is destroyed: the rest of the body must not be sent once its memory
 * has been given to somebody else.
 */
export const readAnswer = async (
  status: number,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  stream: IncomingMessage,
): Promise<Answer> => {
  const header = (name: string): string | undefined => {
    const value = headers[name]
    return Array.isArray(value) ? value[0] : value
  }
  const { body, cut } = await collect(stream)
  const request = (stream as { req?: { writableFinished: boolean; destroy(): void } }).req
  if (request && !request.writableFinished) request.destroy()
  try {
    return { status, header, body: inflate(body, header('content-encoding')), cut }
  } catch {
    return { status, header, body: Buffer.alloc(0), cut: true }
  }
}
