import http, { type ClientRequest } from 'node:http'
import type { Socket } from 'node:net'
import type { Request } from './client.ts'
import type { ElasticsearchOptions } from './options.ts'
import { basicCredentials, type VaryingHeaders } from './secrets.ts'
import { createTlsAgent, readTlsMaterial, type TlsMaterial } from './tls.ts'

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
  const settings = {
    keepAlive: true,
    noDelay: true,
    scheduling: 'lifo',
    maxSockets: options.requestsInFlight,
    maxFreeSockets: options.requestsInFlight,
  } as const
  const agent = material
    ? createTlsAgent(settings, material, options.tls.caFingerprint)
    : (new http.Agent(settings) as ReturnType<typeof createTlsAgent>)
  // An agent serves one host with one set of certificates; Node would put all of that into a text at each request.
  agent.getName = () => url.host
  const connect = agent.createConnection
  agent.createConnection = (given, created) => {
    const socket = connect.call(agent, given, created) as Socket
    return socket.on('error', ignore)
  }
  return agent
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
  const fingerprint = JSON.stringify(material)
  const agent = createAgent(url, options, material)
  const prefix = url.pathname.replace(/\/$/, '')
  const fixed = { host: url.host, 'user-agent': `picket/${options.version}`, ...credentialsOf(url) }
  const settings: http.RequestOptions = {
    protocol: url.protocol,
    // Without the brackets of an IPv6 address.
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port || (material ? 443 : 80),
    agent,
    method: 'POST',
    path: '/',
    headers: [],
  }
  let prepared: Prepared | undefined

  const prepare = (request: Request, secrets: VaryingHeaders): Prepared => {
    const withBody = request.body !== undefined
    const headers = {
      ...fixed,
      accept: 'application/json',
      'content-type': request.contentType,
      ...(request.encoding === 'gzip' && { 'content-encoding': 'gzip' }),
      ...Object.fromEntries(secrets),
    }
    const list = [...Object.entries(headers).flat(), ...(withBody ? ['content-length', ''] : [])]
    return { secrets, contentType: request.contentType, encoding: request.encoding, withBody, list }
  }
  const headersOf = (request: Request, secrets: VaryingHeaders): HeaderList => {
    const fits =
      prepared?.secrets === secrets &&
      prepared.contentType === request.contentType &&
      prepared.encoding === request.encoding &&
      prepared.withBody === (request.body !== undefined)
    if (!fits) prepared = prepare(request, secrets)
    const { list, withBody } = prepared!
    if (withBody) list[list.length - 1] = String(request.body!.length)
    return list
  }

  return {
    open: (request, secrets) => {
      // node:http has written path and headers out before it returns, so the same objects serve the next request.
      settings.method = request.method
      settings.path = request.query === '' ? prefix + request.path : `${prefix}${request.path}?${request.query}`
      settings.headers = headersOf(request, secrets)
      return http.request(settings)
    },
    outdated: () => {
      if (!material) return false
      try {
        return fingerprint !== JSON.stringify(readTlsMaterial(options.tls))
      } catch {
        return false
      }
    },
    closeIdle: () => closeIdle(agent),
    retire: () => {
      agent.maxFreeSockets = 0
      closeIdle(agent)
    },
    close: () => agent.destroy(),
  }
}
