import http from 'node:http'
import https from 'node:https'
import type { Clock } from '../io/clock.ts'
import { noAnswer, refusal } from './kube-answer.ts'
import { KEEP_ALIVE_PROBE_MS, type KubeClient } from './kube-client.ts'
import type { KubeCredentials } from './kube-config.ts'
import { KubeError } from './kube-error.ts'
import { readJson } from './read-body.ts'
import { withTimeLimit } from './time-limit.ts'
import type { TokenBucket } from './token-bucket.ts'

export type ContentType =
  | 'application/json'
  | 'application/json-patch+json'
  | 'application/merge-patch+json'
  | 'application/strategic-merge-patch+json'

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below the server's URL: /api/v1/namespaces/x/pods. */
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  /** JSON; a text is sent as it is. */
  readonly body?: unknown
  /** Of the body; application/json where it is not said. */
  readonly contentType?: ContentType
}

/** One request with its whole answer as JSON. Throws KubeError. */
export type Send = (request: ApiRequest, signal: AbortSignal) => Promise<unknown>

export interface ApiClient extends KubeClient {
  readonly send: Send
  /** Ends idle connections. */
  close(): void
}

export interface ApiClientDeps {
  readonly clock: Clock
  /** Sends wait for it; lists and watches do not. */
  readonly limit: TokenBucket
  readonly userAgent: string
  /** Each answer by its method and status; undefined where none came. */
  readonly answered: (method: string, status: number | undefined) => void
}

const ANSWER_MS = 30_000
const MAX_ANSWER_BYTES = 8 << 20
/** Tries of a request that the server wants to have later (client-go rest.Request has 10). */
const MAX_TRIES = 5
const MAX_WAIT_MS = 30_000
/** As many as a batch of creates needs to be limited by the bucket and not by connections. */
const MAX_SOCKETS = 64

type Options = https.RequestOptions & { readonly headers: http.OutgoingHttpHeaders }

const textOf = (body: unknown): string | undefined => {
  if (body === undefined) return undefined
  return typeof body === 'string' ? body : JSON.stringify(body)
}

const mayComeLater = (error: unknown): error is KubeError & { readonly retryAfterMs: number } =>
  error instanceof KubeError && error.retryAfterMs !== undefined && (error.status === 429 || (error.status ?? 0) >= 500)

/**
 * The controller's way to the API server: raw JSON over node:http, with the official client's configuration and credentials. Lists
 * and watches have a connection each; the short requests share kept ones. Node keys those by certificates, so renewed ones count.
 */
export const createApiClient = (credentials: KubeCredentials, deps: ApiClientDeps): ApiClient => {
  const base = new URL(credentials.server)
  const protocol = base.protocol === 'https:' ? https : http
  const pool = new protocol.Agent({ keepAlive: true, maxSockets: MAX_SOCKETS, keepAliveMsecs: KEEP_ALIVE_PROBE_MS })

  const open = async (
    { method, path, query = {}, body, contentType = 'application/json' }: ApiRequest,
    { accept, agent, signal }: { accept: string; agent: http.Agent | false; signal: AbortSignal },
  ): Promise<http.IncomingMessage> => {
    const given = await credentials.options()
    const url = new URL(base.pathname.replace(/\/$/, '') + path, base)
    url.search = new URLSearchParams(query).toString()
    const text = textOf(body)
    const headers = {
      ...(given as Options).headers,
      accept,
      'user-agent': deps.userAgent,
      ...(text === undefined ? {} : { 'content-type': contentType, 'content-length': Buffer.byteLength(text) }),
    }
    const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>()
    const request = protocol.request(url, { agent, ...given, method, headers, signal })
    request.on('socket', (socket) => socket.setKeepAlive(true, KEEP_ALIVE_PROBE_MS))
    request.on('response', resolve)
    request.on('error', reject)
    request.end(text)
    return promise
  }

  /** Counted, and failures as KubeError. */
  const settled = async <T>(method: string, work: () => Promise<{ status: number; value: T }>): Promise<T> => {
    try {
      const { status, value } = await work()
      deps.answered(method, status)
      return value
    } catch (caught) {
      const error = noAnswer(caught)
      deps.answered(method, error.status)
      if (error.status === 401) credentials.forget()
      throw error
    }
  }

  const sendOnce = (request: ApiRequest, signal: AbortSignal): Promise<unknown> =>
    settled(request.method, () =>
      withTimeLimit(deps.clock, ANSWER_MS, signal, async (limited) => {
        const response = await open(request, { accept: 'application/json', agent: pool, signal: limited })
        const status = response.statusCode ?? 0
        if (status < 200 || status > 299) throw await refusal(response)
        return { status, value: await readJson(response, MAX_ANSWER_BYTES) }
      }),
    )

  const send: Send = async (request, signal) => {
    for (let tries = 1; ; tries += 1) {
      await deps.limit.take(signal)
      try {
        return await sendOnce(request, signal)
      } catch (error) {
        if (!mayComeLater(error) || tries === MAX_TRIES || signal.aborted) throw error
        await deps.clock.sleep(Math.min(error.retryAfterMs, MAX_WAIT_MS), signal)
      }
    }
  }

  return {
    send,
    get: ({ path, query, accept, signal }) =>
      settled(query.watch ? 'WATCH' : 'LIST', async () => {
        const response = await open({ method: 'GET', path, query }, { accept, agent: false, signal })
        if (response.statusCode === 200) return { status: 200, value: response }
        throw await refusal(response)
      }),
    close: () => pool.destroy(),
  }
}
