import http, { type ClientRequest } from 'node:http'
import type { Socket } from 'node:net'
import type { ConnectionOptions, TLSSocket } from 'node:tls'
import type { Request } from './client.ts'
import { goesDirect } from './no-proxy.ts'
import type { ElasticsearchOptions, ProxyOptions } from './options.ts'
import { type Connected, connectSecurely, proxyAuthorization } from './proxy.ts'
import { basicCredentials, type VaryingHeaders } from './secrets.ts'
import { createTlsAgent, isUsable, pin, readTlsMaterial, sameMaterial, type TlsMaterial } from './tls.ts'

/** One host, with the sockets that are kept to it. */
export interface Connection {
  /** Makes the request, which the caller is to end with the body. Throws where Node refuses to send a header or the path. */
  open(request: Request, secrets: VaryingHeaders): ClientRequest
  /** Whether the TLS files have other contents than when this was made. */
  outdated(): boolean
  /** Closes the sockets that nobody uses now. */
  closeIdle(): void
  /** The same, and keeps none of the others when its request is done. */
  retire(): void
  close(): void
}

/** Header names and values in turn, ready to be written; the last value is the body's length, if there is a body. */
type HeaderList = string[]

interface Prepared {
  readonly secrets: VaryingHeaders
  /** Credentials for the proxy. */
  readonly toProxy: string | undefined
  readonly contentType: string
  readonly encoding: Request['encoding']
  readonly withBody: boolean
  readonly list: HeaderList
}

const credentialsOf = (url: URL): Record<string, string> => {
  if (url.username === '') return {}
  const [username, password] = [url.username, url.password].map(decodeURIComponent)
  return { authorization: basicCredentials(username!, password!) }
}

/** The rest of an emitter's life must not end ours: a kept socket can fail between two requests, when neither listens. */
const ignore = (): void => {}

const createAgent = (url: URL, options: ElasticsearchOptions, material: TlsMaterial | undefined): http.Agent => {
  const common = {
    keepAlive: true,
    noDelay: true,
    scheduling: 'lifo',
    maxSockets: options.requestsInFlight,
    maxFreeSockets: options.requestsInFlight,
  } as const
  const agent = material
    ? createTlsAgent(common, material, options.tls.caFingerprint)
    : (new http.Agent(common) as ReturnType<typeof createTlsAgent>)
  // An agent serves one host with one set of certificates; Node would put all of that into a text at each request.
  agent.getName = () => url.host
  const connect = agent.createConnection
  agent.createConnection = (given, created) => {
    const socket = connect.call(agent, given, created) as Socket
    return socket.on('error', ignore)
  }
  const proxy = proxyOf(url, options)
  if (proxy && material) tunnel(agent, url, { options, proxy, material })
  return agent
}

const proxyOf = (url: URL, { proxy }: ElasticsearchOptions): ProxyOptions | undefined =>
  proxy && !goesDirect(url, proxy.noProxy) ? proxy : undefined

interface Through {
  readonly options: ElasticsearchOptions
  readonly proxy: ProxyOptions
  readonly material: TlsMaterial
}

/** The agent's sockets go through the proxy's CONNECT; the proxy sees nothing but the host's name. */
const tunnel = (agent: http.Agent, url: URL, { options, proxy, material }: Through): void => {
  const { caFingerprint } = options.tls
  const way = { proxy, material, target: `${url.hostname}:${url.port || 443}`, limitMs: options.requestTimeoutMs }
  agent.createConnection = (given, created) => {
    const prepare = (socket: TLSSocket): void => {
      socket.on('error', ignore)
      if (caFingerprint !== undefined) pin(socket, caFingerprint)
    }
    connectSecurely(way, given as ConnectionOptions, prepare, created as Connected)
    return undefined
  }
}

const closeIdle = (agent: http.Agent): void => {
  for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy()
}

/**
 * Headers go to node:http as a list: it writes them as they are, where an object would be checked, copied and sorted into another
 * at each request. They are put together anew only when a secret has changed.
 */
export const createConnection = (url: URL, options: ElasticsearchOptions): Connection => {
  const material = url.protocol === 'https:' ? readTlsMaterial(options.tls) : undefined
  /** Texts that were looked at last, and did not fit together. */
  let unusable: TlsMaterial | undefined
  const agent = createAgent(url, options, material)
  const prefix = url.pathname.replace(/\/$/, '')
  const fixed = { host: url.host, 'user-agent': `picket/${options.version}`, ...credentialsOf(url) }
  const proxy = material ? undefined : proxyOf(url, options)
  // Plain requests are made to the proxy itself, which is told the whole address (RFC 9112, 3.2.2).
  const peer = proxy ? new URL(proxy.url) : url
  const absolute = proxy ? url.origin : ''
  const settings: http.RequestOptions = {
    protocol: peer.protocol,
    // Without the brackets of an IPv6 address.
    host: peer.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: peer.port || (peer.protocol === 'https:' ? 443 : 80),
    agent,
    method: 'POST',
    path: '/',
    headers: [],
  }
  let prepared: Prepared | undefined

  const prepare = (request: Request, secrets: VaryingHeaders, toProxy: string | undefined): Prepared => {
    const withBody = request.body !== undefined
    const headers = {
      ...fixed,
      accept: 'application/json',
      'content-type': request.contentType,
      ...(request.encoding === 'gzip' && { 'content-encoding': 'gzip' }),
      ...Object.fromEntries(secrets),
      ...(toProxy !== undefined && { 'proxy-authorization': toProxy }),
    }
    const list = [...Object.entries(headers).flat(), ...(withBody ? ['content-length', ''] : [])]
    return { secrets, toProxy, contentType: request.contentType, encoding: request.encoding, withBody, list }
  }
  const headersOf = (request: Request, secrets: VaryingHeaders): HeaderList => {
    const toProxy = proxy && proxyAuthorization(proxy)
    const fits =
      prepared?.secrets === secrets &&
      prepared.toProxy === toProxy &&
      prepared.contentType === request.contentType &&
      prepared.encoding === request.encoding &&
      prepared.withBody === (request.body !== undefined)
    if (!fits) prepared = prepare(request, secrets, toProxy)
    const { list, withBody } = prepared!
    if (withBody) list[list.length - 1] = String(request.body!.length)
    return list
  }

  return {
    open: (request, secrets) => {
      // node:http has written path and headers out before it returns, so the same objects serve the next request.
      settings.method = request.method
      const path = absolute + prefix + request.path
      settings.path = request.query === '' ? path : `${path}?${request.query}`
      settings.headers = headersOf(request, secrets)
      return http.request(settings)
    },
    outdated: () => {
      if (!material) return false
      try {
        const found = readTlsMaterial(options.tls)
        if (sameMaterial(found, material) || (unusable && sameMaterial(found, unusable))) return false
        if (isUsable(found)) return true
        unusable = found
      } catch {
        // A file that is away for a moment: what was read before stands.
      }
      return false
    },
    closeIdle: () => closeIdle(agent),
    retire: () => {
      agent.maxFreeSockets = 0
      closeIdle(agent)
    },
    close: () => agent.destroy(),
  }
}
