import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { securityHeaders } from './assets.ts'
import type { ReaderProcess } from './store-readers.ts'

export const tailHeaders: Readonly<Record<string, string>> = {
  'content-type': 'application/x-ndjson; charset=utf-8',
  // A proxy on the way would otherwise keep lines back until it has a buffer full of them.
  'x-accel-buffering': 'no',
}

/**
 * What the tail's process writes, as it comes. Nobody here looks at the bytes, and nothing is kept: a browser that does not keep up
 * makes the socket full, that the pipe, and that the process wait, which then says what it passed over.
 */
export const streamTail = async (
  request: IncomingMessage,
  response: ServerResponse,
  tail: ReaderProcess,
): Promise<void> => {
  response.writeHead(200, { ...securityHeaders, ...tailHeaders, 'cache-control': 'no-store' })
  response.flushHeaders()
  request.on('close', tail.kill)
  try {
    await pipeline(tail.output, response)
  } catch {
    // The browser has gone, or the process was ended: both are how a tail ends.
    response.destroy()
  } finally {
    tail.kill()
  }
}
