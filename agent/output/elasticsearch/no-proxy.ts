import { BlockList, isIP } from 'node:net'

const bare = (host: string): string => host.replace(/^\[(.*)\]$/, '$1').toLowerCase()

const inNetwork = (entry: string, host: string): boolean => {
  const [network = '', bits = ''] = entry.split('/')
  const family = isIP(network)
  if (family === 0 || isIP(host) !== family || !/^\d{1,3}$/.test(bits)) return false
  const type = family === 4 ? 'ipv4' : 'ipv6'
  if (Number(bits) > (family === 4 ? 32 : 128)) return false
  const list = new BlockList()
  list.addSubnet(network, Number(bits), type)
  return list.check(host, type)
}

const matches = (entry: string, host: string, port: string): boolean => {
  if (entry === '*') return true
  if (entry.includes('/')) return inNetwork(entry, host)
  const ported = isIP(entry) === 6 ? undefined : /^(.*):(\d+)$/.exec(entry)
  if (ported && ported[2] !== port) return false
  const name = bare(ported?.[1] ?? entry)
  if (name.startsWith('*.') || name.startsWith('.')) return host.endsWith(name.replace(/^\*/, ''))
  return host === name || (isIP(host) === 0 && host.endsWith(`.${name}`))
}

/**
 * Whether a host is reached without the proxy. Entries as in NO_PROXY: a name (it and what is below it), `.name` (only what is below it), an
 * address, a network such as 10.0.0.0/8, each but the last with `:port`; `*` is every host (golang.org/x/net/http/httpproxy).
 */
export const goesDirect = (url: URL, noProxy: readonly string[]): boolean => {
  const port = url.port || (url.protocol === 'https:' ? '443' : '80')
  return noProxy.some((entry) => matches(entry, bare(url.hostname), port))
}
