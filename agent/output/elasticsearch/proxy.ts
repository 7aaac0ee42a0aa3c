import http from 'node:http'
import https from 'node:https'
import type { Socket } from 'node:net'
import tls from 'node:tls'
import { failureWords } from './failure.ts'
import type { ProxyOptions } from './options.ts'
import { basicCredentials } from './secrets.ts'
import type { TlsMaterial } from './tls.ts'

/** What `Proxy-Authorization` says now. */
export const proxyAuthorization = ({ username, password }: ProxyOptions): string | undefined =>
  username === undefined ? undefined : basicCredentials(username, (password?.() ?? '').replace(/\r?\n$/, ''))

export type Connected = (error: Error | null, socket?: Socket) => void

export interface Tunnel {
  readonly proxy: ProxyOptions
  /** For the proxy itself where it is reached over https, and for the host behind it. */
  readonly material: TlsMaterial
  /** host:port */
  readonly target: string
  readonly limitMs: number
}

const failed = (proxy: URL, words: string): Error => new Error(`the proxy ${proxy.host}: ${words}`)

/** A socket to the target through the proxy (RFC 9110, 9.3.6), still without the target's TLS. */
const connectThrough = ({ proxy, material, target, limitMs }: Tunnel, connected: Connected): void => {
  const url = new URL(proxy.url)
  const authorization = proxyAuthorization(proxy)
  const { request } = url.protocol === 'https:' ? https : http
  const asking = request({
    ...(url.protocol === 'https:' && { ca: material.ca, rejectUnauthorized: material.rejectUnauthorized }),
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port || (url.protocol === 'https:' ? 443 : 80),
    method: 'CONNECT',
    path: target,
    agent: false,
    headers: { host: target, ...(authorization !== undefined && { 'proxy-authorization': authorization }) },
  })
  asking.setTimeout(limitMs, () => asking.destroy(new Error(`no answer within ${limitMs} ms`)))
  asking.on('error', (error) => connected(failed(url, failureWords(error))))
  asking.on('connect', ({ statusCode = 0, statusMessage }, socket: Socket) => {
    socket.setTimeout(0).setNoDelay(true)
    if (statusCode >= 200 && statusCode < 300) return connected(null, socket)
    socket.destroy()
    connected(failed(url, `answered ${statusCode} ${statusMessage} to CONNECT ${target}`))
  })
  asking.end()
}

/** The same with TLS to the target on top; `prepare` sees the socket before its handshake. */
export const connectSecurely = (
  tunnel: Tunnel,
  options: tls.ConnectionOptions,
  prepare: (socket: tls.TLSSocket) => void,
  connected: Connected,
): void =>
  connectThrough(tunnel, (error, raw) => {
    if (!raw) return connected(error)
    const socket = tls.connect({ ...options, ...tunnel.material, socket: raw })
    prepare(socket)
    connected(null, socket)
  })
