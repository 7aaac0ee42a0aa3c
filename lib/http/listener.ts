import fs from 'node:fs'
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import { parseListenAddress } from './listen-address.ts'

export interface TlsFiles {
  readonly certFile: string
  readonly keyFile: string
}

export interface ListenerOptions {
  /** host:port, [IPv6]:port, :port, or off. */
  readonly listen: string
  /** The option that says so, for words about it. */
  readonly option: string
  readonly tls: TlsFiles | undefined
  readonly handler: (request: IncomingMessage, response: ServerResponse) => Promise<void>
  /** The listener had a fault, or renewed certificates could not be read. */
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

// Scrapers and the node page send short requests: whoever is slower or larger is neither (slowloris, CWE-400).
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

const listenError = ({ option, listen }: ListenerOptions, error: NodeJS.ErrnoException): Error => {
  const where = `cannot listen on ${option} ${listen}`
  if (error.code === 'EADDRINUSE')
    return new AddressInUse(
      `${where}: another process has that port. Stop it, or name another address in the configuration`,
      {
        cause: error,
      },
    )
  const hints: Record<string, string> = {
    EACCES: `ports below 1024 need privileges. Change ${option}`,
    EADDRNOTAVAIL: `this machine has no such address. Change ${option}`,
    ENOTFOUND: `the host name is not known. Change ${option}`,
  }
  return new Error(`${where}: ${hints[error.code ?? ''] ?? error.message}`, { cause: error })
}

const addressText = ({ address, family, port }: AddressInfo): string =>
  family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`

/** An HTTP server with limits for those who do not mean well. Off is one that never listens. */
export const createListener = (options: ListenerOptions): Server => {
  const { listen, tls, handler, failed } = options
  const where = parseListenAddress(listen)
  let server: http.Server | https.Server | undefined
  let renewal: NodeJS.Timeout | undefined

  const open = (): http.Server | https.Server => {
    if (!tls) return http.createServer(LIMITS, handler)
    const secure = https.createServer({ ...LIMITS, ...readTls(tls) }, handler)
    renewal = renewCertificates(secure, tls, failed)
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
      throw listenError(options, error as NodeJS.ErrnoException)
    }
    opened.off('error', reject).on('error', failed)
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
