import type { IncomingMessage, ServerResponse } from 'node:http'
import { createListener, type Server } from '../lib/http/listener.ts'
import { jsonReply, type Reply, textReply } from '../lib/http/reply.ts'
import { writeReply } from '../lib/http/write-reply.ts'
import type { ControllerMetrics } from './telemetry/metrics.ts'

/** Where this process stands: a standby is as ready as a leader that has seen the cluster. */
export type Stage = 'standby' | 'probing' | 'listing' | 'leading'

export interface HealthDeps {
  readonly listen: string
  readonly title: string
  readonly stage: () => Stage
  readonly metrics: ControllerMetrics
  readonly failed: (error: Error) => void
}

const index = (title: string): Reply =>
  textReply(
    200,
    [
      title,
      '',
      '/metrics   metrics of this controller (Prometheus text)',
      '/healthz   200 while the process lives',
      '/readyz    200 while it stands by, and once it has seen the cluster; says which',
    ].join('\n'),
  )

const readyz = (stage: Stage): Reply => {
  const ready = stage === 'standby' || stage === 'leading'
  return jsonReply(ready ? 200 : 503, { ready, stage })
}

const answer = async (path: string, { title, stage, metrics }: HealthDeps): Promise<Reply> => {
  if (path === '/metrics') {
    const { registry } = metrics
    return { status: 200, headers: { 'content-type': registry.contentType }, body: await registry.metrics() }
  }
  if (path === '/healthz') return jsonReply(200, { healthy: true })
  if (path === '/readyz') return readyz(stage())
  return path === '/' ? index(title) : textReply(404, 'not found; / lists what is here')
}

/** Metrics and health over HTTP. */
export const createHealthServer = (deps: HealthDeps): Server => {
  const handler = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('connection', 'close')
      await writeReply(request, response, textReply(405, 'only GET and HEAD', { allow: 'GET, HEAD' }))
      return
    }
    try {
      const path = (request.url ?? '/').split('?', 1)[0] ?? '/'
      await writeReply(request, response, await answer(path, deps))
    } catch (error) {
      deps.failed(error as Error)
      if (response.headersSent) response.destroy()
      else await writeReply(request, response, textReply(500, 'the request failed; the log says why'))
    }
  }
  return createListener({ listen: deps.listen, option: '--listen', tls: undefined, handler, failed: deps.failed })
}
