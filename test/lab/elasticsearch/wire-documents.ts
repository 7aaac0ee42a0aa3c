import { documentTexts } from '../../../agent/document/texts.ts'
import type { BulkBody } from '../../../agent/event.ts'

/** One container's log as bulk bodies in the wire form, built from the very texts that the agent's encoders use. */
export interface WireLog {
  readonly stream: string
  readonly fingerprint: string
  /** Documents first … first + count - 1, as one body. */
  body(first: number, count: number): BulkBody
}

const lineBytes = 100

/** Ten documents share a millisecond, told apart by nanoseconds: their order is the log's only where those are kept. */
const timeOf = (n: number): string =>
  `${new Date(Date.UTC(2026, 10, 21, 10) + Math.floor(n / 10)).toISOString().slice(0, -1)}${String(100_001 + (n % 10)).slice(1)}0Z`

export const messageOf = (n: number): string =>
  n % 3 === 0 ? `GET /cart/${n} took ${n % 97} ms "quoted"` : `ERROR timeout number ${n}\tafter\n30 s ✓`

export const wireLog = (
  namespace: string,
  pod = 'web-7d4b9c-x2k8p',
  podLabels: Record<string, string> = {},
): WireLog => {
  const fingerprint = Buffer.from(`${namespace}-${pod}-0000000000000000`).toString('base64url').slice(0, 16)
  const stream = `logs-kubernetes.container_logs-${namespace}`
  const origin = {
    kind: 'container',
    namespace: 'shop',
    pod,
    container: 'app',
    podUid: '0b7c1f5e-5d1a-4c0e-9d6c-0c1d2e3f4a5b',
    restart: 0,
    containerId: 'f'.repeat(64),
  } as const
  const path = `/var/log/containers/${pod}_shop_app-${origin.containerId}.log`
  const texts = documentTexts(
    { origin, tag: `kube.shop.app.${pod}`, path, fingerprint },
    {
      fields: {
        kubernetes: {
          namespace: 'shop',
          pod: { name: pod, uid: origin.podUid, ip: '10.0.0.7' },
          container: { name: 'app' },
          node: { name: 'node-1' },
          labels: { app: 'web', 'app_kubernetes_io/name': 'web', ...podLabels },
        },
        container: { id: origin.containerId, image: { name: 'registry/web:1' } },
        service: { name: 'web' },
      },
      dataset: undefined,
      namespace: undefined,
    },
    {
      dataset: 'kubernetes.container_logs',
      namespace,
      plainIndex: undefined,
      requestIndex: stream,
      idempotent: true,
      staticFields: {},
      filePath: true,
      hostName: 'node-1',
      clusterName: 'lab',
    },
  )
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString()
  const document = (n: number): string => {
    const offset = n * lineBytes
    const head = `${text(texts.head)}${texts.idOffset ? offset : ''}${text(texts.afterId)}${timeOf(n)}`
    return `${head}${text(texts.stdout)}${offset},"length":${lineBytes}},"message":${JSON.stringify(messageOf(n))}}\n`
  }
  const body = (first: number, count: number): BulkBody => {
    const bytes = Buffer.from(Array.from({ length: count }, (_, n) => document(first + n)).join(''))
    return { bytes, encoding: 'identity', plainBytes: bytes.length, documents: count }
  }
  return { stream, fingerprint, body }
}
