import http from 'node:http'
import https from 'node:https'
import type { Clock } from '../../lib/io/clock.ts'
import { readBytes } from '../../lib/kube/read-body.ts'
import { withTimeLimit } from '../../lib/kube/time-limit.ts'

export interface ScrapeOptions {
  /** Read before each request, for it is renewed; undefined: none is sent. */
  readonly token: () => string | undefined
  /** PEM; undefined: the system's authorities. */
  readonly ca: Buffer | undefined
  /** Certificates of pods are seldom for their address. */
  readonly verify: boolean
  readonly timeoutMs: number
  readonly maxBytes: number
}

/** The text of a pod's metrics; throws with the reason why there is none. */
export type Scrape = (url: string, signal: AbortSignal) => Promise<string>

const open = (url: string, options: ScrapeOptions, signal: AbortSignal): Promise<http.IncomingMessage> => {
  const token = options.token()
  const headers = {
    accept: 'text/plain;version=0.0.4',
    'user-agent': 'picket-controller',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  }
  const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>()
  const tls = { rejectUnauthorized: options.verify, ...(options.ca ? { ca: options.ca } : {}) }
  const request = url.startsWith('https:')
    ? https.get(url, { headers, signal, agent: false, ...tls })
    : http.get(url, { headers, signal, agent: false })
  request.on('response', resolve)
  request.on('error', reject)
  // An answer of 101 that nobody asked for ends in neither an answer nor an error (node:http, 'upgrade').
  request.on('close', () => reject(new Error(`${url} closed the connection without an answer`)))
  return promise
}

export const createScrape =
  (clock: Clock, options: ScrapeOptions): Scrape =>
  (url, signal) =>
    withTimeLimit(clock, options.timeoutMs, signal, async (limited) => {
      const response = await open(url, options, limited)
      if (response.statusCode === 200) return (await readBytes(response, options.maxBytes)).toString('utf8')
      response.destroy()
      throw new Error(`${url} answered ${response.statusCode}`)
    })
