import { gzipSync } from 'node:zlib'
import { documentTexts } from '../../../../agent/document/texts.ts'
import type { BulkBody, TailedFile } from '../../../../agent/event.ts'

export interface Line {
  readonly offset: number
  readonly stamp: string
  readonly message: string
  readonly stream?: 'stdout' | 'stderr'
}

export interface LoggedPod {
  readonly namespace: string
  readonly pod: string
  readonly container: string
  readonly fingerprint: string
  readonly labels?: Readonly<Record<string, string>>
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString()

/** The bulk lines of a container's records, made of the texts that the encoders are given. */
export const bulkText = (from: LoggedPod, lines: readonly Line[]): string => {
  const file: Pick<TailedFile, 'origin' | 'tag' | 'path' | 'fingerprint'> = {
    origin: {
      kind: 'container',
      namespace: from.namespace,
      pod: from.pod,
      container: from.container,
      podUid: 'uid-1',
      restart: 0,
      containerId: 'c0ffee',
    },
    tag: `kube.${from.namespace}.${from.container}.${from.pod}`,
    path: `/var/log/containers/${from.pod}_${from.namespace}_${from.container}-c0ffee.log`,
    fingerprint: from.fingerprint,
  }
  const kubernetes = {
    namespace: from.namespace,
    pod: { name: from.pod, uid: 'uid-1' },
    container: { name: from.container },
    ...(from.labels ? { labels: from.labels } : {}),
  }
  const texts = documentTexts(
    file,
    { fields: { kubernetes }, dataset: undefined, namespace: undefined },
    {
      filePath: true,
      hostName: 'node-1',
      clusterName: undefined,
      dataset: 'kubernetes.container_logs',
      namespace: 'default',
      plainIndex: undefined,
      requestIndex: 'logs-kubernetes.container_logs-default',
      idempotent: true,
      staticFields: {},
    },
  )
  return lines
    .map((line) => {
      const head = `${text(texts.head)}${line.offset}${text(texts.afterId)}`
      const body = `${line.offset},"length":${line.message.length + 50}},"message":${JSON.stringify(line.message)}}`
      return `${head}${line.stamp}${text(texts[line.stream ?? 'stdout'])}${body}\n`
    })
    .join('')
}

export const bulkBody = (plain: string, encoding: 'identity' | 'gzip' = 'identity'): BulkBody => {
  const bytes = Buffer.from(plain)
  return {
    bytes: encoding === 'gzip' ? gzipSync(bytes) : bytes,
    encoding,
    plainBytes: bytes.length,
    documents: plain.split('\n').length >> 1,
  }
}

/** The documents of a bulk text, each with its `_id`. */
export const documentsOf = (plain: string): { id: string; document: unknown }[] => {
  const lines = plain.trimEnd().split('\n')
  return lines.flatMap((line, index) =>
    index % 2 === 0
      ? [{ id: JSON.parse(line).create._id as string, document: JSON.parse(lines[index + 1] as string) as unknown }]
      : [],
  )
}
