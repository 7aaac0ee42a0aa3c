/** What a cloud id stands for, or what is wrong with it. */
export type CloudId =
  | { readonly kind: 'host'; readonly url: string }
  | { readonly kind: 'mistake'; readonly problem: string }

const DEFAULT_PORT = '443'
const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/
const HOST = /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/

const mistake = (problem: string): CloudId => ({ kind: 'mistake', problem })

const withPort = (text: string, otherwise: string): readonly [name: string, port: string] => {
  const at = text.lastIndexOf(':')
  return at < 0 ? [text, otherwise] : [text.slice(0, at), text.slice(at + 1)]
}

/**
 * `<name>:<base64 of host[:port]$elasticsearch[:port]$kibana>`, as Elastic Cloud's console shows it; the name is for people and may be left out
 * (elastic/beats, libbeat/cloudid; elastic/elastic-transport-js). Pure.
 */
export const parseCloudId = (text: string): CloudId => {
  const encoded = text.slice(text.lastIndexOf(':') + 1)
  if (encoded === '') return mistake('ends with its name: what stands behind the colon is missing')
  if (!BASE64.test(encoded)) return mistake('is not base64 behind its name')
  const [domain = '', elasticsearch = ''] = Buffer.from(encoded, 'base64').toString('utf8').split('$')
  const [host, domainPort] = withPort(domain, DEFAULT_PORT)
  const [id, port] = withPort(elasticsearch, domainPort)
  if (!HOST.test(host)) return mistake('does not hold a domain: a part of it may be missing')
  if (id === '' || id === 'undefined') return mistake('names no Elasticsearch: take that of the deployment')
  if (!HOST.test(id)) return mistake('does not hold the id of an Elasticsearch: a part of it may be missing')
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535) return mistake('holds no valid port')
  return { kind: 'host', url: `https://${id}.${host}:${port}` }
}
