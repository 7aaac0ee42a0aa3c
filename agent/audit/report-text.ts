import type { FileReport } from './judge.ts'
import { bytesIn, type Ranges } from './ranges.ts'

/** A machine's reader gets every file; the words are those of the documents (log.offset, log.length). */
export const reportJson = ({ deadLettered, gaps, doubled, ...report }: FileReport): string => {
  const spans = (ranges: Ranges) => ranges.map(({ from, to }) => ({ offset: from, length: to - from }))
  return `${JSON.stringify({ ...report, dead_lettered: deadLettered, gaps: spans(gaps), doubled: spans(doubled) })}\n`
}

export interface Summary {
  readonly files: number
  readonly closed: number
  readonly documents: number
  readonly covered: number
  readonly queued: number
  readonly deadLettered: number
  readonly lost: number
  readonly gapBytes: number
  readonly doubledBytes: number
  readonly filesWithGaps: number
  readonly filesWithDoubles: number
}

export const noFiles: Summary = {
  files: 0,
  closed: 0,
  documents: 0,
  covered: 0,
  queued: 0,
  deadLettered: 0,
  lost: 0,
  gapBytes: 0,
  doubledBytes: 0,
  filesWithGaps: 0,
  filesWithDoubles: 0,
}

export const lostBytes = ({ lost }: FileReport): number => Object.values(lost).reduce((sum, bytes) => sum + bytes, 0)

export const withReport = (sum: Summary, report: FileReport): Summary => ({
  files: sum.files + 1,
  closed: sum.closed + (report.state === 'closed' ? 1 : 0),
  documents: sum.documents + report.documents,
  covered: sum.covered + report.covered,
  queued: sum.queued + report.queued,
  deadLettered: sum.deadLettered + report.deadLettered,
  lost: sum.lost + lostBytes(report),
  gapBytes: sum.gapBytes + bytesIn(report.gaps),
  doubledBytes: sum.doubledBytes + bytesIn(report.doubled),
  filesWithGaps: sum.filesWithGaps + (report.gaps.length > 0 ? 1 : 0),
  filesWithDoubles: sum.filesWithDoubles + (report.doubled.length > 0 ? 1 : 0),
})

const number = (value: number): string => value.toLocaleString('en')

const nameOf = ({ namespace, pod, container, path, node, fingerprint }: FileReport): string =>
  pod === undefined
    ? (path ?? `a file of ${node ?? 'an unknown node'} (${fingerprint})`)
    : `${namespace}/${pod} ${container}`

/** A name may hold anything; a line is a line. */
const oneLine = (text: string): string => text.replaceAll('\n', '\\n')

/** So many ranges are shown of a file; a store that has lost every other document has thousands. */
const MAX_RANGES = 20

const rangeLines = (mark: string, ranges: Ranges): string[] => {
  const lines = ranges
    .slice(0, MAX_RANGES)
    .map(({ from, to }) => `  ${mark}  ${number(to - from)} bytes: ${from} to ${to - 1}`)
  const rest = ranges.slice(MAX_RANGES)
  return rest.length === 0
    ? lines
    : [...lines, `  ${mark}  ${number(bytesIn(rest))} bytes in ${rest.length} more ranges (--json has all)`]
}

const amounts = (report: FileReport): string => {
  const parts: [number, string][] = [
    [report.covered, 'in documents'],
    [report.queued, 'queued'],
    [report.deadLettered, 'dead-lettered'],
    ...Object.entries(report.lost).map(([cause, bytes]): [number, string] => [bytes, `lost (${cause})`]),
    [report.skipped, 'skipped'],
    [report.before, 'before what the store has'],
  ]
  return parts
    .filter(([bytes], i) => bytes > 0 || i === 0)
    .map(([bytes, what]) => `${number(bytes)} ${what}`)
    .join(', ')
}

/** For people: a line for the file, and one for each range that needs an explanation. */
export const reportText = (report: FileReport): string => {
  const size = report.state === 'closed' ? `closed at ${number(report.size)}` : `open, judged to ${number(report.size)}`
  const head = `${oneLine(nameOf(report))}  ${report.fingerprint}  ${size}: ${amounts(report)}`
  return `${[head, ...rangeLines('GAP', report.gaps), ...rangeLines('DOUBLED', report.doubled)].join('\n')}\n`
}

const plural = (count: number, what: string): string => `${number(count)} ${what}${count === 1 ? '' : 's'}`

export const summaryText = (sum: Summary): string => {
  const head = `${plural(sum.files, 'file')} (${number(sum.closed)} closed), ${plural(sum.documents, 'document')}, ${number(sum.covered)} bytes`
  const held = [
    sum.queued > 0 ? `${number(sum.queued)} bytes queued` : '',
    sum.deadLettered > 0 ? `${number(sum.deadLettered)} bytes dead-lettered` : '',
    sum.lost > 0 ? `${number(sum.lost)} bytes lost, with cause` : '',
  ].filter(Boolean)
  const gaps =
    sum.filesWithGaps === 0 ? 'no gaps' : `GAPS: ${number(sum.gapBytes)} bytes in ${plural(sum.filesWithGaps, 'file')}`
  const doubles =
    sum.filesWithDoubles === 0
      ? 'nothing doubled'
      : `DOUBLED: ${number(sum.doubledBytes)} bytes in ${plural(sum.filesWithDoubles, 'file')}`
  return `${[head, ...held, gaps, doubles].join('; ')}\n`
}
