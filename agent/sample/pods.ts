import type { ContainerName } from './container-log.ts'
import { dnsMessage, proxierMessage } from './kube-system.ts'
import type { Message } from './message.ts'
import { apiMessage, settleMessage } from './payments.ts'
import type { Random } from './random.ts'
import { cartMessage, proxyMessage, webMessage } from './shop.ts'

export interface SampleContainer extends ContainerName {
  /** Messages per second, on average. */
  readonly rate: number
  readonly message: (random: Random, ms: number) => Message
}

/** Some 30 messages a second from eight containers of three namespaces. The names never change. */
export const sampleContainers: readonly SampleContainer[] = [
  { namespace: 'shop', pod: 'web-6d5f7c9b8d-4kq2x', container: 'web', rate: 7, message: webMessage },
  { namespace: 'shop', pod: 'web-6d5f7c9b8d-4kq2x', container: 'proxy', rate: 5, message: proxyMessage },
  { namespace: 'shop', pod: 'web-6d5f7c9b8d-m8v7z', container: 'web', rate: 5, message: webMessage },
  { namespace: 'shop', pod: 'cart-0', container: 'cart', rate: 5, message: cartMessage },
  { namespace: 'payments', pod: 'api-7f9c6b5d44-tz8wl', container: 'api', rate: 4, message: apiMessage },
  { namespace: 'payments', pod: 'settle-5b8f9d7c66-9xwqp', container: 'settle', rate: 1, message: settleMessage },
  { namespace: 'kube-system', pod: 'coredns-7c65d6cfc9-h2dfl', container: 'coredns', rate: 3, message: dnsMessage },
  { namespace: 'kube-system', pod: 'kube-proxy-8tzr5', container: 'kube-proxy', rate: 0.5, message: proxierMessage },
]
