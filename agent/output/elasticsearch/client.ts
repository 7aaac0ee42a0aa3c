import type { Clock } from '../../../lib/io/clock.ts'
import type { Answer } from './answer.ts'
import { type Connection, createConnection } from './connection.ts'
import { createExchanges, type Ended } from './exchange.ts'
import { failureWords, notSent } from './failure.ts'
import { createHosts, type Hosts } from './hosts.ts'
import type { ElasticsearchOptions } from './options.ts'
import { createSecretHeaders, type VaryingHeaders } from './secrets.ts'

export interface Request {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Escaped; the host's own path prefix is put before it. */
  readonly path: string
  /** Without the question mark. */
  readonly query: string
  readonly body: Buffer | undefined
  readonly contentType: string
  readonly encoding: 'identity' | 'gzip'
}

/** No answer at all. */
export interface NoAnswer {
  readonly kind: 'timeout' | 'aborted' | 'connection' | 'secret'
  readonly reason: string
}

export type Reply = ({ readonly kind: 'answer' } & { readonly answer: Answer }) | NoAnswer

export interface Client {
  /** Never throws. */
  request(request: Request, signal: AbortSignal): Promise<Reply>
  close(): void
}

const createConnections = (options: ElasticsearchOptions, clock: Clock): Hosts<Connection> => {
  const current = new Map<URL, Connection>()
  const connect = (url: URL): Connection => {
    const connection = createConnection(url, options)
    current.get(url)?.retire()
    current.set(url, connection)
    return connection
  }
  const urls = options.hosts.map((host) => new URL(host))
  return createHosts(urls, connect, (connection) => connection.outdated(), clock)
}

/**
 * HTTP as Elasticsearch 8, 9 and OpenSearch all take it, over node:http itself. The official client's transport does the same for
 * three times the CPU and keeps 5 MiB more in memory (docs/elasticsearch.md, "Cost"); what it adds (product check, retries,
 * parsing, redaction, telemetry) is what an agent must not have or does in its own way.
 */
export const createClient = (options: ElasticsearchOptions, clock: Clock): Client => {
  const hosts = createConnections(options, clock)
  const readSecrets = createSecretHeaders(options)
  const exchanges = createExchanges(options.requestTimeoutMs)

  /**
   * Servers and what stands before them close connections that were idle for long, and such news may cross with our next request.
   * Every request of ours can be repeated, so it goes out again at once on a new connection; that is no failure of the host.
   */
  const send = async (
    connection: Connection,
    request: Request,
    secrets: VaryingHeaders,
    signal: AbortSignal,
  ): Promise<Ended> => {
    const open = () => connection.open(request, secrets)
    const ended = await exchanges.run(open, request.body, signal)
    if (ended.kind !== 'connection' || !ended.stale) return ended
    connection.closeIdle()
    return exchanges.run(open, request.body, signal)
  }

  const mark = (connection: Connection, ended: Ended): void => {
    if (ended.kind === 'aborted') return
    const failed = ended.kind !== 'answer' || (ended.answer.status >= 502 && ended.answer.status <= 504)
    if (failed) hosts.markDead(connection)
    else hosts.markAlive(connection)
  }

  const deliver = async (request: Request, secrets: VaryingHeaders, signal: AbortSignal): Promise<Reply> => {
    for (let tries = 1; ; tries++) {
      const connection = hosts.getConnection()
      const ended = await send(connection, request, secrets, signal)
      mark(connection, ended)
      if (ended.kind !== 'connection' || !notSent(ended.reason)) return ended
      if (tries >= hosts.size || !hosts.hasOther(connection)) return ended
    }
  }

  return {
    request: async (request, signal) => {
      if (signal.aborted) return { kind: 'aborted', reason: 'stopped' }
      let secrets: VaryingHeaders
      try {
        secrets = readSecrets()
      } catch (error) {
        return { kind: 'secret', reason: failureWords(error) }
      }
      try {
        return await deliver(request, secrets, signal)
      } catch (error) {
        // A file of the TLS settings that cannot be read.
        return { kind: 'connection', reason: failureWords(error) }
      }
    },
    close: () => {
      for (const connection of hosts.connections) connection.close()
    },
  }
}
