import { createHash, timingSafeEqual } from 'node:crypto'

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/**
 * RFC 6750: `Authorization: Bearer <token>`. Digests are compared, because timingSafeEqual wants equal lengths and the
 * length of a secret is nobody's business either.
 */
export const authorised = (header: string | undefined, token: string): boolean => {
  const given = /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1]
  return given !== undefined && timingSafeEqual(digest(given), digest(token))
}
