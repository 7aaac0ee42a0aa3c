import type { IncomingMessage, ServerResponse } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { acceptsGzip } from '../../lib/http/write-reply.ts'
import { readAssets } from './read-assets.ts'

interface Asset {
  readonly type: string
  readonly etag: string
  /** base64 of gzip */
  readonly gzip: string
}

/**
 * Nothing from elsewhere, no inline code, no frame around it; and where the browser knows Trusted Types, no text becomes markup
 * (W3C, CSP level 3 and Trusted Types). What a log says is written by strangers.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

export const securityHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': POLICY,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

let assets: ReadonlyMap<string, Asset> | undefined
const assetAt = (path: string): Asset | undefined => {
  assets ??= new Map(Object.entries(JSON.parse(readAssets()) as Record<string, Asset>))
  return assets.get(path)
}

/** false: there is no such file. */
export const writeAsset = (path: string, request: IncomingMessage, response: ServerResponse): boolean => {
  const asset = assetAt(path)
  if (!asset) return false
  const headers = {
    ...securityHeaders,
    etag: asset.etag,
    // Asked for again each time, answered by 304: an agent that was renewed is never shown by an old page.
    'cache-control': 'no-cache',
    vary: 'Accept-Encoding',
  }
  if (request.headers['if-none-match'] === asset.etag) {
    response.writeHead(304, headers).end()
    return true
  }
  const packed = Buffer.from(asset.gzip, 'base64')
  const gzip = acceptsGzip(request.headers['accept-encoding']?.toString())
  const body = gzip ? packed : gunzipSync(packed)
  const encoding = gzip ? { 'content-encoding': 'gzip' } : {}
  response.writeHead(200, { ...headers, ...encoding, 'content-type': asset.type, 'content-length': body.length })
  response.end(request.method === 'HEAD' ? undefined : body)
  return true
}
