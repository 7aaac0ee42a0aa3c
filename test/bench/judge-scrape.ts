import type { ScrapeResult } from './scrape.ts'
import { atMost, plain, type Row } from './table.ts'

export interface ScrapeRound {
  readonly exporter: ScrapeResult
  readonly picket: ScrapeResult
  /** The agent without the node's metrics. */
  readonly without: ScrapeResult
}

const text = (r: ScrapeResult): string =>
  `${r.plainMs.toFixed(2)} ms, gzip ${r.gzipMs.toFixed(2)} ms of CPU; ${r.bodyKb.toFixed(0)} KB; ${r.residentMb.toFixed(1)} MB resident`

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

/** Rounds are judged by their median ratio: each has both sides in the same minute. */
export const judgeScrape = (rounds: readonly ScrapeRound[]): Row[] => {
  const ratio = (value: (round: ScrapeRound) => number): number => median(rounds.map(value))
  return [
    ...rounds.flatMap(({ exporter, picket, without }) => [
      plain('scrape: node_exporter', text(exporter)),
      plain('scrape: picket', text(picket)),
      plain('scrape: picket without the node’s metrics', text(without)),
    ]),
    atMost(
      'scrape: CPU, times node_exporter',
      ratio((r) => r.picket.plainMs / r.exporter.plainMs),
      1,
      '×',
      2,
    ),
    atMost(
      'scrape, gzip: CPU, times node_exporter',
      ratio((r) => r.picket.gzipMs / r.exporter.gzipMs),
      1,
      '×',
      2,
    ),
    atMost(
      'scrape: added resident, times node_exporter',
      ratio((r) => (r.picket.residentMb - r.without.residentMb) / r.exporter.residentMb),
      0.5,
      '×',
      2,
    ),
  ]
}

/** Nothing to judge by: told, and in CI, where it is installed, a failure. */
export const noExporter = (inCi: boolean): Row => ({
  figure: 'scrape',
  wanted: 'to run',
  actual: 'skipped: no node_exporter here (Debian: prometheus-node-exporter)',
  ok: inCi ? false : undefined,
})
