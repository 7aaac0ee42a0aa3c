import type { ElasticsearchOptions, TlsOptions } from '../../../../agent/output/elasticsearch/options.ts'

export const noTls: TlsOptions = {
  ca: undefined,
  caFingerprint: undefined,
  certificate: undefined,
  key: undefined,
  keyPassphrase: undefined,
  verify: true,
}

/** A plain index, so that nothing but `_bulk` is asked for. */
export const baseOptions = (hosts: readonly string[]): ElasticsearchOptions => ({
  name: 'search',
  hosts,
  target: { kind: 'index', name: 'x' },
  auth: { kind: 'none' },
  tls: noTls,
  headers: {},
  compression: 'none',
  pipeline: undefined,
  requestTimeoutMs: 10_000,
  requestsInFlight: 2,
  manageTemplate: 'never',
  requireDataStream: 'auto',
  version: '0.1.0',
})
