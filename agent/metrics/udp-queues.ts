import type { MetricSample } from '../event.ts'
import type { OpenCollector } from './collector.ts'
import { family } from './family.ts'

const QUEUES = 4

/** The sums of the queues over all sockets; `tx_queue:rx_queue`, hexadecimal, is the fifth field of each line (kernel: net/ipv4/udp.c). */
export const sumUdpQueues = (text: string): { tx: number; rx: number } => {
  const sum = { tx: 0, rx: 0 }
  for (const line of text.split('\n').slice(1)) {
    const queues = line.split(' ').filter((field) => field !== '')[QUEUES] ?? ''
    const colon = queues.indexOf(':')
    const tx = Number.parseInt(queues.slice(0, colon), 16)
    const rx = Number.parseInt(queues.slice(colon + 1), 16)
    if (colon === -1 || Number.isNaN(tx + rx)) continue
    sum.tx += tx
    sum.rx += rx
  }
  return sum
}

const LABELS = {
  v4: { tx: { queue: 'tx', ip: 'v4' }, rx: { queue: 'rx', ip: 'v4' } },
  v6: { tx: { queue: 'tx', ip: 'v6' }, rx: { queue: 'rx', ip: 'v6' } },
} as const

/** node_exporter: collector/udp_queues_linux.go. */
export const openUdpQueues: OpenCollector = (host) => {
  const samples = (file: string, ip: 'v4' | 'v6'): MetricSample[] => {
    const text = host.maybe(() => host.net(file))
    if (text === undefined) return []
    const { tx, rx } = sumUdpQueues(text)
    return [
      { labels: LABELS[ip].tx, value: tx },
      { labels: LABELS[ip].rx, value: rx },
    ]
  }
  return {
    name: 'udp_queues',
    collect: () => [
      family('gauge', 'node_udp_queues', 'Number of allocated memory in the kernel for UDP datagrams in bytes.', [
        ...samples('udp', 'v4'),
        ...samples('udp6', 'v6'),
      ]),
    ],
  }
}
