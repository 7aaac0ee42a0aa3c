import type { MetricFamily } from '../event.ts'
import type { OpenCollector } from './collector.ts'
import { single } from './family.ts'
import { pageSize } from './page-size.ts'

export interface SocketLine {
  readonly protocol: string
  readonly values: ReadonlyMap<string, number>
}

/** `TCP: inuse 11 orphan 0`: pairs after the protocol's name (kernel: net/ipv4/proc.c, sockstat_seq_show). */
export const parseSockstat = (text: string): SocketLine[] =>
  text.split('\n').flatMap((line) => {
    const colon = line.indexOf(':')
    if (colon < 1) return []
    const words = line.slice(colon + 1).split(' ')
    const values = new Map<string, number>()
    for (let at = 1; at + 1 < words.length; at += 2) {
      const value = Number(words[at + 1])
      if (words[at] !== '' && words[at + 1] !== '' && !Number.isNaN(value)) values.set(words[at] as string, value)
    }
    return [{ protocol: line.slice(0, colon), values }]
  })

/** Those that node_exporter knows (procfs: net_sockstat.go). */
const STATES = ['inuse', 'orphan', 'tw', 'alloc', 'mem', 'memory'] as const

const gauge = (name: string, help: string, value: number): MetricFamily =>
  single('gauge', `node_sockstat_${name}`, help, value)

const protocolFamilies = ({ protocol, values }: SocketLine, bytesPerPage: number): MetricFamily[] => {
  const told = (state: string, value: number): MetricFamily =>
    gauge(`${protocol}_${state}`, `Number of ${protocol} sockets in state ${state}.`, value)
  const pages = values.get('mem')
  return [
    ...STATES.flatMap((state) => {
      const value = values.get(state)
      return value === undefined ? [] : [told(state, value)]
    }),
    ...(pages === undefined ? [] : [told('mem_bytes', pages * bytesPerPage)]),
  ]
}

/** node_exporter: collector/sockstat_linux.go. Where IPv6, or IPv4, is not there, the other is told of. */
export const openSockstat: OpenCollector = (host) => {
  const bytesPerPage = pageSize()
  const socketFamilies = (line: SocketLine): MetricFamily[] => {
    if (line.protocol !== 'sockets') return protocolFamilies(line, bytesPerPage)
    const used = line.values.get('used')
    return used === undefined ? [] : [gauge('sockets_used', 'Number of IPv4 sockets in use.', used)]
  }
  return {
    name: 'sockstat',
    collect: () =>
      ['sockstat', 'sockstat6']
        .map((file) => host.maybe(() => host.net(file)) ?? '')
        .flatMap(parseSockstat)
        .flatMap(socketFamilies),
  }
}
