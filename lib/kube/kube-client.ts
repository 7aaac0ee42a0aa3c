import { readFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import type { KubeAccess } from './kube-access.ts'
import { noAnswer, refusal } from './kube-answer.ts'

export interface KubeRequest {
  /** Below the server's URL: /api/v1/pods. */
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly accept: string
  readonly signal: AbortSignal
}

export interface KubeClient {
  /** The body of a 200, to be read as it comes. Throws KubeError for any other answer, and where there is none. */
  get(request: KubeRequest): Promise<AsyncIterable<Uint8Array>>
}

/** Node probes an idle connection once a second after this time and gives up after ten (uv_tcp_keepalive): a silent death shows in 25 s. */
export const KEEP_ALIVE_PROBE_MS = 15_000

type ReadFile = (path: string) => Buffer

const credentials = (access: KubeAccess, read: ReadFile): https.RequestOptions => ({
  ...(access.caFile === undefined ? {} : { ca: read(access.caFile) }),
  ...(access.certFile === undefined ? {} : { cert: read(access.certFile) }),
  ...(access.keyFile === undefined ? {} : { key: read(access.keyFile) }),
})

/** A proxy on loopback (`kubectl proxy`) is spoken to without TLS and needs no token: there the file may be missing. */
const readToken = ({ tokenFile, server }: KubeAccess, read: ReadFile): string | undefined => {
  if (tokenFile === undefined) return undefined
  try {
    return read(tokenFile).toString('utf8').trim()
  } catch (error) {
    if (server.startsWith('http:') && (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/**
 * Reading requests to an API server over node:http, and nothing more: the official client costs the agent 9 MiB for its
 * configuration alone. A connection a request: there are two in many minutes, and a pooled one may be dead.
 */
export const createKubeClient = (access: KubeAccess, readFile: ReadFile = readFileSync): KubeClient => {
  const base = new URL(access.server)
  const secure = base.protocol === 'https:'

  const send = ({ path, query, accept, signal }: KubeRequest): Promise<http.IncomingMessage> => {
    const url = new URL(base.pathname.replace(/\/$/, '') + path, base)
    url.search = new URLSearchParams(query).toString()
    const token = readToken(access, readFile)
    const headers = { accept, 'user-agent': 'picket', ...(token ? { authorization: `Bearer ${token}` } : {}) }
    const options = { headers, signal, agent: false as const }
    const request = secure
      ? https.request(url, { ...options, ...credentials(access, readFile) })
      : http.request(url, options)
    const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>()
    request.on('socket', (socket) => socket.setKeepAlive(true, KEEP_ALIVE_PROBE_MS))
    request.on('response', resolve)
    request.on('error', reject)
    request.end()
    return promise
  }

  return {
    get: async (request) => {
      try {
        const response = await send(request)
        if (response.statusCode === 200) return response
        throw await refusal(response)
      } catch (error) {
        throw noAnswer(error)
      }
    },
  }
}
