import type { IncomingMessage, ServerResponse } from 'node:http'
import { createListener, type Server, type TlsFiles } from '../../lib/http/listener.ts'
import { textReply } from '../../lib/http/reply.ts'
import { writeReply } from '../../lib/http/write-reply.ts'
import { answer, type RouteDeps } from './routes.ts'

export interface ServerOptions {
  /** host:port, [IPv6]:port, :port, or off. */
  readonly listen: string
  readonly tls: TlsFiles | undefined
  /** Bearer token for /metrics. */
  readonly token: string | undefined
}

export interface ServerDeps extends Omit<RouteDeps, 'token'> {
  /** A request could not be answered, or renewed certificates could not be read. */
  readonly failed: (error: Error) => void
}

const createHandler =
  (deps: ServerDeps, token: string | undefined) =>
  async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = 'GET', headers } = request
    const head = {
      method,
      path: (request.url ?? '/').split('?', 1)[0] ?? '/',
      accept: headers.accept,
      authorization: headers.authorization,
    }
    // A body is of no use here; not reading it and closing is cheaper than reading it.
    if (method !== 'GET' && method !== 'HEAD') response.setHeader('connection', 'close')
    try {
      await writeReply(request, response, await answer(head, { ...deps, token }))
    } catch (error) {
      deps.failed(error as Error)
      if (response.headersSent) response.destroy()
      else await writeReply(request, response, textReply(500, 'the request failed; the agent’s log says why'))
    }
  }

/** The agent's HTTP side: metrics and health. */
export const createServer = (options: ServerOptions, deps: ServerDeps): Server =>
  createListener({
    listen: options.listen,
    option: 'server.listen',
    tls: options.tls,
    handler: createHandler(deps, options.token),
    failed: deps.failed,
  })
