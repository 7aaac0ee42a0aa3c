import { once } from 'node:events'
import fs from 'node:fs'
import https from 'node:https'

export interface Called {
  readonly status: number
  readonly body: unknown
}

export interface ApiClient {
  /** Throws where nobody answers, not for a refusal. */
  call(method: string, path: string, body?: unknown, contentType?: string): Promise<Called>
  /** Throws unless it succeeded. */
  ask<T = unknown>(method: string, path: string, body?: unknown, contentType?: string): Promise<T>
  /** JSON merge patch, RFC 7386. */
  merge<T = unknown>(path: string, patch: unknown): Promise<T>
  close(): void
}

const MERGE = 'application/merge-patch+json'
const SOCKETS = 16

/** Where an API server listens. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** Raw JSON to an API server; the certificate is read at each call, because the server makes it at its start. */
export const createApiClient = ({ host, port }: Address, token: string, caFile: string): ApiClient => {
  const agent = new https.Agent({ keepAlive: true, maxSockets: SOCKETS })

  const send = async (method: string, path: string, body: unknown, contentType: string): Promise<Called> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': contentType }
    const request = https.request({
      host,
      port,
      method,
      path,
      headers,
      ca: fs.readFileSync(caFile),
      agent,
    })
    request.end(body === undefined ? undefined : JSON.stringify(body))
    const [response] = await once(request, 'response').catch((error: Error) => {
      throw Object.assign(error, { reused: request.reusedSocket })
    })
    const pieces: Buffer[] = []
    for await (const piece of response) pieces.push(piece)
    const text = Buffer.concat(pieces).toString('utf8')
    return { status: response.statusCode, body: text.startsWith('{') ? JSON.parse(text) : text }
  }

  const call: ApiClient['call'] = async (method, path, body, contentType = 'application/json') => {
    try {
      return await send(method, path, body, contentType)
    } catch (error) {
      // A kept connection of a server that has been restarted since.
      if (!(error as { reused?: boolean }).reused) throw error
      return send(method, path, body, contentType)
    }
  }

  const ask = async <T>(method: string, path: string, body?: unknown, contentType?: string): Promise<T> => {
    const { status, body: answer } = await call(method, path, body, contentType)
    if (status < 200 || status > 299)
      throw new Error(`${method} ${path}: ${status} ${JSON.stringify(answer).slice(0, 1000)}`)
    return answer as T
  }

  return { call, ask, merge: (path, patch) => ask('PATCH', path, patch, MERGE), close: () => agent.destroy() }
}
