import type { MetricFamily } from '../event.ts'
import { NO_DATA, type OpenCollector } from './collector.ts'
import { family, single } from './family.ts'
import type { Host } from './host.ts'
import { parseOsRelease } from './os-release.ts'

const LABELS = [
  'build_id',
  'id',
  'id_like',
  'image_id',
  'image_version',
  'name',
  'pretty_name',
  'variant',
  'variant_id',
  'version',
  'version_codename',
  'version_id',
] as const

/** Where the host keeps it (os-release(5)); the second where the first is a link that leads nowhere from here. */
const FILES = ['etc/os-release', 'usr/lib/os-release']

const readRelease = (host: Host): string | undefined => {
  for (const file of FILES) {
    const text = host.maybe(() => host.root(file))
    if (text !== undefined) return text
  }
  return undefined
}

const familiesOf = (text: string): readonly MetricFamily[] => {
  const values = parseOsRelease(text)
  const labels = Object.fromEntries(LABELS.map((name) => [name, values.get(name.toUpperCase()) ?? '']))
  const { id = '', id_like = '', name = '' } = labels
  const version = Number(/^\d+\.?\d*/.exec(labels.version_id ?? '')?.[0] ?? 0)
  const supportEnd = Date.parse(`${values.get('SUPPORT_END')}T00:00:00Z`) / 1000
  const about = `A metric with a constant '1' value labeled by ${LABELS.join(', ')}.`
  const inNumbers = 'Metric containing the major.minor part of the OS version.'
  return [
    family('gauge', 'node_os_info', about, [{ labels, value: 1 }]),
    ...(version > 0
      ? [family('gauge', 'node_os_version', inNumbers, [{ labels: { id, id_like, name }, value: version }])]
      : []),
    ...(Number.isNaN(supportEnd)
      ? []
      : [
          single(
            'gauge',
            'node_os_support_end_timestamp_seconds',
            'Metric containing the end-of-life date timestamp of the OS.',
            supportEnd,
          ),
        ]),
  ]
}

/** node_exporter: collector/os_release.go. Understood again only where the text has changed. */
export const openOs: OpenCollector = (host) => {
  let known: { readonly text: string; readonly families: readonly MetricFamily[] } | undefined
  return {
    name: 'os',
    collect: () => {
      const text = readRelease(host)
      if (text === undefined) return NO_DATA
      if (known?.text !== text) known = { text, families: familiesOf(text) }
      return known.families
    },
  }
}
