import { isIP } from 'node:net'

/** What of a request's head decides whether it is heard. */
export interface GuardedHead {
  readonly host: string | undefined
  readonly site: string | undefined
  readonly path: string
}

/**
 * A web page that has its own name resolved to this address would read the logs in its visitor's browser (DNS rebinding): it cannot
 * forge the Host header, so only names that nobody else can own are answered. An address is no name.
 */
export const isOwnHost = (host: string | undefined, names: readonly string[]): boolean => {
  const [, bracketed, plain] = /^(?:\[([^\]]+)\]|([^:]+))(?::\d{1,5})?$/.exec(host ?? '') ?? []
  const name = (bracketed ?? plain ?? '').toLowerCase()
  if (bracketed !== undefined) return isIP(bracketed) === 6
  return isIP(name) === 4 || name === 'localhost' || names.some((own) => own.toLowerCase() === name)
}

/** Why a request is not answered; undefined where it is. */
export const refusal = (head: GuardedHead, names: readonly string[]): string | undefined => {
  if (!isOwnHost(head.host, names)) return 'this page answers to localhost, to addresses and to its node’s name only'
  // Other sites can read nothing (there is no CORS), and have no business to let us search (Fetch Metadata, W3C).
  const foreign = head.site === 'cross-site' || head.site === 'same-site'
  return foreign && head.path.startsWith('/api/') ? 'other sites have no access to this page' : undefined
}
