import type { ExpositionFormat } from './exposition.ts'

interface MediaRange {
  readonly type: string
  readonly version: string | undefined
  readonly quality: number
}

const parseRange = (text: string): MediaRange => {
  const [type = '', ...rest] = text.split(';').map((part) => part.trim().toLowerCase())
  const parameters = new Map(
    rest.map((part): [string, string] => {
      const [key = '', value = ''] = part.split('=', 2)
      return [key.trim(), value.trim().replace(/^"(.*)"$/, '$1')]
    }),
  )
  const quality = Number(parameters.get('q') ?? 1)
  return { type, version: parameters.get('version'), quality: Number.isFinite(quality) ? quality : 0 }
}

const best = (ranges: readonly MediaRange[], fits: (range: MediaRange) => boolean): number =>
  Math.max(0, ...ranges.filter(fits).map((range) => range.quality))

/**
 * RFC 9110, 12.5.1, as far as scrapers need it. OpenMetrics only for those who name it (in version 1.0.0 or none) and do not
 * prefer text; everybody else, wildcards and browsers too, gets the text format, which everybody reads.
 */
export const negotiate = (accept: string | undefined): ExpositionFormat => {
  const ranges = (accept ?? '').split(',').map(parseRange)
  const open = best(
    ranges,
    (r) => r.type === 'application/openmetrics-text' && (r.version === undefined || r.version === '1.0.0'),
  )
  const text = best(ranges, (r) => r.type === 'text/plain' && (r.version === undefined || r.version === '0.0.4'))
  return open > 0 && open >= text ? 'openmetrics' : 'text'
}
