import https from 'node:https'
import tls, { type TLSSocket } from 'node:tls'
import type { TlsOptions } from './options.ts'

/** What the files say now. Throws where one cannot be read. */
export const readTlsMaterial = (options: TlsOptions) => ({
  ...(options.ca && { ca: options.ca() }),
  ...(options.certificate && { cert: options.certificate() }),
  ...(options.key && { key: options.key() }),
  ...(options.keyPassphrase && { passphrase: options.keyPassphrase().trim() }),
  // With a fingerprint the authority is looked at here, and nobody else needs to know it.
  rejectUnauthorized: options.verify && options.caFingerprint === undefined,
})

/** Texts that have not changed are mostly the same objects: this costs next to nothing at each request. */
export const sameMaterial = (a: TlsMaterial, b: TlsMaterial): boolean =>
  a.ca === b.ca && a.cert === b.cert && a.key === b.key && a.passphrase === b.passphrase

export type TlsMaterial = ReturnType<typeof readTlsMaterial>

/** Whether the texts are whole and fit together; a certificate may be replaced some moments before its key is. */
export const isUsable = (material: TlsMaterial): boolean => {
  try {
    tls.createSecureContext(material)
    return true
  } catch {
    return false
  }
}

type Certificate = ReturnType<TLSSocket['getPeerCertificate']> & { readonly issuerCertificate?: Certificate }

/** Fingerprint of the last certificate of the chain that the server sent, which is its authority's where it sends all of it. */
const authorityFingerprint = (socket: TLSSocket): string | undefined => {
  let certificate: Certificate | undefined = socket.getPeerCertificate(true)
  while (
    certificate?.issuerCertificate &&
    certificate.issuerCertificate.fingerprint256 !== certificate.fingerprint256
  ) {
    certificate = certificate.issuerCertificate
  }
  // A chain that breaks off before a certificate that signs itself names no authority.
  return certificate?.issuerCertificate?.fingerprint256
}

const plain = (fingerprint: string): string => fingerprint.toLowerCase().replaceAll(':', '')

/** Before the first byte of a request: a socket that is destroyed in `secureConnect` has sent nothing. */
export const pin = (socket: TLSSocket, fingerprint: string): void => {
  socket.once('secureConnect', () => {
    const found = authorityFingerprint(socket)
    if (found === undefined)
      socket.destroy(
        new Error('The server does not send the certificate of its authority: CA fingerprint does not match'),
      )
    else if (plain(found) !== plain(fingerprint))
      socket.destroy(
        new Error('Server certificate CA fingerprint does not match the value configured in caFingerprint'),
      )
  })
}

/** node:https is loaded only where a host asks for it: TLS costs memory. */
export const createTlsAgent = (
  settings: https.AgentOptions,
  material: TlsMaterial,
  fingerprint: string | undefined,
): https.Agent => {
  if (fingerprint === undefined) return new https.Agent({ ...settings, ...material })
  // A resumed session brings no chain that could be looked at.
  const agent = new https.Agent({ ...settings, ...material, maxCachedSessions: 0 })
  const connect = agent.createConnection
  agent.createConnection = (options, created) => {
    const socket = connect.call(agent, options, created) as TLSSocket
    pin(socket, fingerprint)
    return socket
  }
  return agent
}
