import http from 'node:http'
import https from 'node:https'

export interface Called {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly text: string
}

export interface CallOptions {
  readonly ca?: string | undefined
  readonly user?: string | undefined
  readonly client?: { readonly certificate: string; readonly key: string } | undefined
}

/** One request of the test itself, beside the output that is tested. A string body is sent as NDJSON, anything else as JSON. */
export const callServer = (
  base: string,
  method: string,
  path: string,
  body: unknown,
  { ca, user, client }: CallOptions,
): Promise<Called> =>
  new Promise((resolve, reject) => {
    const url = new URL(path, base)
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
    const type = typeof body === 'string' ? 'application/x-ndjson' : 'application/json'
    const headers = {
      // The length too: Node sends none with DELETE, and the body is not read then.
      ...(text === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(text) }),
      ...(user === undefined ? {} : { authorization: `Basic ${Buffer.from(user).toString('base64')}` }),
    }
    const tls = { ...(ca && { ca }), ...(client && { cert: client.certificate, key: client.key }) }
    const settings = { method, headers, timeout: 30_000, ...tls, agent: false }
    const request = (url.protocol === 'https:' ? https : http).request(url, settings, (response) => {
      const parts: Buffer[] = []
      response.on('error', reject)
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(parts).toString(),
        }),
      )
    })
    request.on('timeout', () => request.destroy(new Error('no answer within 30 s')))
    request.on('error', reject)
    request.end(text)
  })
