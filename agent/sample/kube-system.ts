import { err, type Message, out } from './message.ts'
import type { Random } from './random.ts'

const hosts = ['cart.shop.svc.cluster.local.', 'api.payments.svc.cluster.local.', 'gateway.example.com.']

export const dnsMessage = (random: Random): Message => {
  const from = `10.0.${random.below(4)}.${1 + random.below(250)}:${30_000 + random.below(30_000)}`
  const host = random.pick(hosts)
  if (random.oneIn(30)) return err(`[ERROR] plugin/errors: 2 ${host} A: read udp ${from}->10.0.0.2:53: i/o timeout`)
  return out(
    `[INFO] ${from} - ${random.below(65_536)} "A IN ${host} udp 52 false 1232" NOERROR qr,aa,rd 106 0.000${100 + random.below(900)}s`,
  )
}

const two = (value: number): string => String(value).padStart(2, '0')

/** klog's header: severity, month and day, time, thread, file and line. */
const klog = (severity: string, ms: number, rest: string): string => {
  const date = new Date(ms)
  const time = date.toISOString().slice(11, 23)
  return `${severity}${two(date.getUTCMonth() + 1)}${two(date.getUTCDate())} ${time}000       1 ${rest}`
}

export const proxierMessage = (random: Random, ms: number): Message =>
  random.oneIn(10)
    ? err(klog('W', ms, 'proxier.go:812] "Stale conntrack entries" count=3'))
    : err(
        klog(
          'I',
          ms,
          `proxier.go:801] "SyncProxyRules complete" elapsed="${random.below(90)}.${random.below(1000)}ms"`,
        ),
      )
