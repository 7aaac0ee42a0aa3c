import fs from 'node:fs'
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import { parseListenAddress } from './listen-address.ts'
import { textReply } from './reply.ts'
import { answer, type RouteDeps } from './routes.ts'
import { writeReply } from './write-reply.ts'

export interface ServerOptions {
  /** host:port, [IPv6]:port, :port, or off. */
  readonly listen: string
  readonly tls: TlsFiles | undefined
  /** Bearer token for /metrics. */
  readonly token: string | undefined
}

export interface TlsFiles {
  readonly certFile: string
  readonly keyFile: string
}

export interface ServerDeps extends Omit<RouteDeps, 'token'> {
  /** A request could not be answered, or renewed certificates could not be read. */
  readonly failed: (error: Error) => void
}

/** Somebody else listens there: the one failure of start() that may pass by itself. */
export class AddressInUse extends Error {
  override readonly name = 'AddressInUse'
}

export interface Server {
  /** Rejects with a sentence that says what to change: AddressInUse, or another Error. May be called again then. */
  start(): Promise<void>
  close(): Promise<void>
  /** `127.0.0.1:9464`; undefined while it does not listen. */
  readonly address: string | undefined
}

// Scrapers send one short request a few times a minute: whoever is slower or larger is not a scraper (slowloris, CWE-400).
const LIMITS = {
  maxHeaderSize: 16_384,
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 75_000,
  connectionsCheckingInterval: 5_000,
} as const
const MAX_CONNECTIONS = 64
const CERTIFICATE_CHECK_MS = 60_000

const readTlsFile = (option: string, path: string): Buffer => {
  try {
    return fs.readFileSync(path)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new Error(`server.tls.${option} ${path} cannot be read (${code ?? message})`, { cause: error })
  }
}

const readTls = (files: TlsFiles): { cert: Buffer; key: Buffer } => ({
  cert: readTlsFile('cert_file', files.certFile),
  key: readTlsFile('key_file', files.keyFile),
})

/** Renewed certificates (cert-manager rewrites the mounted files) are taken without a restart. */
const renewCertificates = (server: https.Server, files: TlsFiles, failed: (error: Error) => void): NodeJS.Timeout => {
  const stamp = (): string => [files.certFile, files.keyFile].map((f) => fs.statSync(f).mtimeMs).join()
  let taken = stamp()
  const check = (): void => {
    try {
      const now = stamp()
      if (now === taken) return
      server.setSecureContext(readTls(files))
      taken = now
    } catch (error) {
      failed(error as Error)
    }
  }
  return setInterval(check, CERTIFICATE_CHECK_MS).unref()
}

const listenError = (listen: string, error: NodeJS.ErrnoException): Error => {
  const where = `cannot listen on server.listen ${listen}`
  if (error.code === 'EADDRINUSE')
    return new AddressInUse(
      `${where}: another process has that port. Stop it, or name another address in the configuration`,
      {
        cause: error,
      },
    )
  const hints: Record<string, string> = {
    EACCES: 'ports below 1024 need privileges. Change server.listen',
    EADDRNOTAVAIL: 'this machine has no such address. Change server.listen',
    ENOTFOUND: 'the host name is not known. Change server.listen',
  }
  return new Error(`${where}: ${hints[error.code ?? ''] ?? error.message}`, { cause: error })
}

const addressText = ({ address, family, port }: AddressInfo): string =>
  family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`

const createHandler =
  (deps: ServerDeps, token: string | undefined) =>
  async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = 'GET', headers } = request
    const head = {
      method,
      path: (request.url ?? '/').split('?', 1)[0] ?? '/',
      accept: headers.accept,
      authorization: headers.authorization,
    }
    // A body is of no use here; not reading it and closing is cheaper than reading it.
    if (method !== 'GET' && method !== 'HEAD') response.setHeader('connection', 'close')
    try {
      await writeReply(request, response, await answer(head, { ...deps, token }))
    } catch (error) {
      deps.failed(error as Error)
      if (response.headersSent) response.destroy()
      else await writeReply(request, response, textReply(500, 'the request failed; the agent’s log says why'))
    }
  }

/** The agent's HTTP side: metrics and health. Off is a server that never listens. */
export const createServer = (options: ServerOptions, deps: ServerDeps): Server => {
  const where = parseListenAddress(options.listen)
  const handler = createHandler(deps, options.token)
  let server: http.Server | https.Server | undefined
  let renewal: NodeJS.Timeout | undefined

  const open = (): http.Server | https.Server => {
    if (!options.tls) return http.createServer(LIMITS, handler)
    const secure = https.createServer({ ...LIMITS, ...readTls(options.tls) }, handler)
    renewal = renewCertificates(secure, options.tls, deps.failed)
    return secure
  }

  const start = async (): Promise<void> => {
    if (!where) return
    const opened = open()
    opened.maxConnections = MAX_CONNECTIONS
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    opened.once('error', reject)
    opened.listen({ port: where.port, ...(where.host === undefined ? {} : { host: where.host }) }, resolve)
    try {
      await promise
    } catch (error) {
      clearInterval(renewal)
      throw listenError(options.listen, error as NodeJS.ErrnoException)
    }
    opened.off('error', reject).on('error', deps.failed)
    server = opened
  }

  const close = async (): Promise<void> => {
    clearInterval(renewal)
    const closing = server
    server = undefined
    if (!closing) return
    const { promise, resolve } = Promise.withResolvers<void>()
    closing.close(() => resolve())
    closing.closeAllConnections()
    await promise
  }

  return {
    start,
    close,
    get address() {
      const bound = server?.address()
      return bound && typeof bound === 'object' ? addressText(bound) : undefined
    },
  }
}
