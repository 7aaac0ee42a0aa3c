import { isIPv6 } from 'node:net'
import type { DaemonSet, Pod } from '../cluster.ts'
import { labelsAt } from '../plan/json-fields.ts'

/** A pod and where its metrics are. */
export interface ScrapeTarget {
  readonly uid: string
  readonly url: string
}

/** Another one would leave the URL with the scheme's own. */
const isPort = (text: string): boolean => /^\d{1,5}$/.test(text) && Number(text) > 0 && Number(text) < 65_536

/**
 * Where a pod's own metrics are, by the annotations of its template that Prometheus' usual configuration reads; undefined: it has none, or
 * does not want to be asked. The host is always the pod's own.
 */
export const scrapeTarget = ({ template }: DaemonSet, { uid, ip }: Pod): ScrapeTarget | undefined => {
  const annotations = labelsAt(template, 'metadata', 'annotations')
  const port = annotations['prometheus.io/port'] ?? ''
  if (ip === '' || annotations['prometheus.io/scrape'] !== 'true' || !isPort(port)) return undefined
  const url = new URL(annotations['prometheus.io/scheme'] === 'https' ? 'https://localhost' : 'http://localhost')
  url.hostname = isIPv6(ip) ? `[${ip}]` : ip
  url.port = port
  url.pathname = annotations['prometheus.io/path'] ?? '/metrics'
  return { uid, url: url.href }
}
