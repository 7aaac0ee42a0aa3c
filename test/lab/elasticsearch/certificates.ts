import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'] as const

export interface Certificates {
  /** PEM of the authority. */
  readonly ca: string
  /** What a client shows of itself, and its key. */
  readonly client: { readonly certificate: string; readonly key: string }
}

/** ca.crt, and <name>.crt and <name>.key of a server on the loopback and of a client, in `folder`. */
export const makeCertificates = (folder: string): Certificates => {
  mkdirSync(folder, { recursive: true })
  const openssl = (...args: readonly string[]): void =>
    void execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
  openssl('req', '-x509', ...newKey, '-days', '2', '-keyout', 'ca.key', '-out', 'ca.crt', '-subj', '/CN=lab authority')
  writeFileSync(join(folder, 'names.ext'), 'subjectAltName=IP:127.0.0.1,DNS:localhost\n')
  const signed = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'names.ext']
  for (const name of ['server', 'client']) {
    openssl('req', ...newKey, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=lab ${name}`)
    openssl('x509', '-req', '-in', `${name}.csr`, ...signed, '-out', `${name}.crt`)
  }
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8')
  return { ca: read('ca.crt'), client: { certificate: read('client.crt'), key: read('client.key') } }
}
