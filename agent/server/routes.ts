import { jsonReply, type Reply, textReply } from '../../lib/http/reply.ts'
import { authorised } from './authorised.ts'
import type { Health } from './health.ts'

export interface RouteDeps {
  readonly health: Pick<Health, 'wedged' | 'unready'>
  /** A scrape in the format that the Accept header asks for. */
  readonly expose: (accept: string | undefined) => Promise<{ readonly contentType: string; readonly body: string }>
  /** What people should know of the data's way, beside readiness: it never changes the status. */
  readonly held: () => readonly unknown[]
  /** `picket 1.2.3 (abc1234)` */
  readonly title: string
  /** Needed for /metrics where it is set. */
  readonly token: string | undefined
}

export interface RequestHead {
  readonly method: string
  readonly path: string
  readonly accept: string | undefined
  readonly authorization: string | undefined
}

type Route = (head: RequestHead, deps: RouteDeps) => Reply | Promise<Reply>

const index: Route = (_head, { title }) =>
  textReply(
    200,
    [
      title,
      '',
      '/metrics   metrics of this agent (Prometheus text, OpenMetrics)',
      '/healthz   200 unless the process is wedged',
      '/readyz    200 once the agent is started; says what is missing',
    ].join('\n'),
  )

const metrics: Route = async (head, { expose, token }) => {
  if (token !== undefined && !authorised(head.authorization, token))
    return textReply(401, 'a bearer token is needed', { 'www-authenticate': 'Bearer realm="picket"' })
  const { contentType, body } = await expose(head.accept)
  return { status: 200, headers: { 'content-type': contentType }, body }
}

const healthz: Route = (_head, { health }) => {
  const wedged = health.wedged()
  return jsonReply(wedged.length === 0 ? 200 : 503, { healthy: wedged.length === 0, wedged })
}

const readyz: Route = (_head, { health, held }) => {
  const waiting = health.unready()
  const ready = Object.keys(waiting).length === 0
  return jsonReply(ready ? 200 : 503, { ready, waiting, held_outputs: held() })
}

const ROUTES: ReadonlyMap<string, Route> = new Map([
  ['/', index],
  ['/metrics', metrics],
  ['/healthz', healthz],
  ['/readyz', readyz],
])

export const answer = async (head: RequestHead, deps: RouteDeps): Promise<Reply> => {
  const route = ROUTES.get(head.path)
  if (!route) return textReply(404, 'not found; / lists what is here')
  if (head.method !== 'GET' && head.method !== 'HEAD')
    return textReply(405, 'only GET and HEAD', { allow: 'GET, HEAD' })
  return route(head, deps)
}
