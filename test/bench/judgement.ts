import type { CatchUpResult } from './catch-up.ts'
import type { ChurnResult } from './churn.ts'
import type { Exactness } from './exactness.ts'
import type { HostileResult } from './hostile.ts'
import { LOUD_MEGABYTES_PER_SECOND } from './hostile-workload.ts'
import type { IdleResult, SteadyResult } from './steady.ts'
import { atLeast, atMost, exactly, plain, type Row, unjudged } from './table.ts'

/** What the agent must reach; issue and peers' figures are in docs/performance.md. 1 MiB = 1.048576 MB. */
const MIB = 1.048576

type ByName<Result> = Readonly<Record<string, Result>>

const fixed = (value: number, digits = 1): string => value.toFixed(digits)

const catchUpText = (r: CatchUpResult): string =>
  `${fixed(r.megabytesPerSecond)} MB/s, ${fixed(r.documentsPerSecond / 1000, 0)} k docs/s, ${fixed(r.megabytesPerCpuSecond)} MB/CPU-s, peak ${fixed(r.peakResidentMb)} MB (${fixed(r.peakAnonymousMb)} anonymous), surplus ${r.surplus}`

/** `yardstick`: rsyslog without gzip, of the same run. */
export const judgeCatchUp = (
  title: string,
  results: ByName<CatchUpResult>,
  yardstick: CatchUpResult | undefined,
  timesWanted: number,
): Row[] => {
  const { picket } = results
  const rows = Object.entries(results).map(([name, r]) => plain(`${title}: ${name}`, catchUpText(r)))
  if (!picket) return rows
  const ratio = yardstick && picket.megabytesPerCpuSecond / yardstick.megabytesPerCpuSecond
  const figure = `${title}: MB per CPU-second, times rsyslog`
  return [
    ...rows,
    ratio === undefined
      ? unjudged(figure, `≥ ${timesWanted}`, 'no rsyslog here')
      : atLeast(figure, ratio, timesWanted, '×'),
    atMost(`${title}: peak resident`, picket.peakResidentMb, 110 * MIB, 'MB'),
    exactly(`${title}: documents too many or too few`, picket.surplus, 0),
  ]
}

/** The chart's limit, with room for what else a node does meanwhile. */
const BEHIND_PEAK_MIB = 160

export const judgeBehind = ({ picket }: ByName<CatchUpResult>): Row[] =>
  picket
    ? [
        plain('behind', `${catchUpText(picket)}, ${fixed(picket.wallSeconds)} s`),
        atMost('behind: peak resident', picket.peakResidentMb, BEHIND_PEAK_MIB * MIB, 'MB'),
        exactly('behind: documents too many or too few', picket.surplus, 0),
      ]
    : []

// Two runs of the same thing differ by so much.
const NOISE = 0.9

export const judgeOneFile = (one: CatchUpResult, many: CatchUpResult): Row =>
  atLeast(
    'one file: MB per CPU-second, times 100 files',
    one.megabytesPerCpuSecond / many.megabytesPerCpuSecond,
    NOISE,
    '×',
    2,
  )

const steadyText = (r: SteadyResult): string => {
  const verdicts =
    r.p99 === undefined ? '' : `, write to verdict p50 ${fixed(r.p50 ?? 0, 2)} s p99 ${fixed(r.p99, 2)} s`
  return `${fixed(r.cpuPercent, 2)} % CPU, ${fixed(r.residentMb)} MB, peak ${fixed(r.peakResidentMb)} MB${verdicts}, ${r.rotations} rotations, surplus ${r.surplus}`
}

export const judgeSteady = (title: string, results: ByName<SteadyResult>, peakMib: number): Row[] => {
  const { picket, rsyslog } = results
  const rows = Object.entries(results).map(([name, r]) => plain(`${title}: ${name}`, steadyText(r)))
  if (!picket) return rows
  const figure = `${title}: CPU, against 0.2 × rsyslog’s`
  return [
    ...rows,
    rsyslog
      ? atMost(figure, picket.cpuPercent, 0.2 * rsyslog.cpuPercent, '%', 2)
      : unjudged(figure, '', `${fixed(picket.cpuPercent, 2)} %, no rsyslog here`),
    atMost(`${title}: peak resident`, picket.peakResidentMb, peakMib * MIB, 'MB'),
    atMost(`${title}: write to verdict, p99`, picket.p99, 2, 's', 2),
    exactly(`${title}: documents too many or too few`, picket.surplus, 0),
  ]
}

export const judgeIdle = (results: ByName<IdleResult>): Row[] => [
  ...Object.entries(results).map(([name, r]) =>
    plain(
      `idle: ${name}`,
      `${fixed(r.cpuPercent, 2)} % CPU, ${fixed(r.residentMb)} MB (${fixed(r.anonymousMb)} anonymous)`,
    ),
  ),
  ...(results.picket
    ? [
        atMost('idle: resident', results.picket.residentMb, 72 * MIB, 'MB'),
        atMost('idle: CPU', results.picket.cpuPercent, 0.2, '%', 2),
      ]
    : []),
]

// "None": below what two readings of a quiet process differ by (a page of the allocator's here and there).
const NO_GROWTH_MB = 2
const NO_GROWTH_HANDLES = 3

export const judgeChurn = (results: ByName<ChurnResult>): Row[] => {
  const { picket } = results
  const text = (r: ChurnResult): string =>
    `${fixed(r.cpuPercent, 2)} % CPU, ${fixed(r.residentEarlyMb)} then ${fixed(r.residentLateMb)} MB, ${r.handlesEarly} then ${r.handlesLate} handles, surplus ${r.surplus} of ${r.containers} containers`
  return [
    ...Object.entries(results).map(([name, r]) => plain(`churn: ${name}`, text(r))),
    ...(picket
      ? [
          atMost(
            'churn: growth of resident memory',
            picket.residentLateMb - picket.residentEarlyMb,
            NO_GROWTH_MB,
            'MB',
          ),
          atMost('churn: growth of handles', picket.handlesLate - picket.handlesEarly, NO_GROWTH_HANDLES, '', 0),
          exactly('churn: documents too many or too few', picket.surplus, 0),
        ]
      : []),
  ]
}

const hostileText = (r: HostileResult): string =>
  `${fixed(r.loudMegabytesPerSecond)} MB/s loud, ${r.loudRotations} rotations; quiet p50 ${fixed(r.quietP50Ms / 1000, 2)} s p99 ${fixed(r.quietP99Ms / 1000, 2)} s of ${r.quietLines} lines; ${fixed(r.cpuPercent)} % CPU, peak ${fixed(r.peakResidentMb)} MB; ${fixed(r.lostMb)} of ${fixed(r.writtenMb, 0)} MB lost, records ${r.recordsSurplus}, ${fixed(r.behindSeconds)} s behind`

// A writer that is slowed down by the disk would flatter the agent.
const LOUD_ENOUGH = 0.95

export const judgeHostile = (title: string, r: HostileResult): Row[] => [
  plain(`${title}: picket`, hostileText(r)),
  atLeast(
    `${title}: the loud container’s rate`,
    r.loudMegabytesPerSecond,
    LOUD_ENOUGH * LOUD_MEGABYTES_PER_SECOND,
    'MB/s',
  ),
  atMost(`${title}: quiet lines, write to arrival, the slowest`, r.quietMaxMs / 1000, 2, 's', 2),
  exactly(`${title}: quiet lines missing`, r.quietMissing, 0),
  exactly(`${title}: quiet lines doubled`, r.quietDoubled, 0),
  atMost(`${title}: peak resident`, r.peakResidentMb, 110 * MIB, 'MB'),
  exactly(`${title}: bytes written, neither read nor told lost`, r.unaccountedBytes, 0),
  exactly(`${title}: documents that arrived, less those made`, r.surplus, 0),
]

export const judgeExactness = (title: string, r: Exactness): Row[] => [
  exactly(`${title}: documents missing of ${r.expected}`, r.missing, 0),
  exactly(`${title}: documents that match no record`, r.wrong, 0),
  exactly(`${title}: ids that came twice`, r.doubledIds, 0),
]
