import { harmless } from '../../lib/terminal/harmless.ts'
import { fieldValues } from '../search/field-value.ts'
import type { Found } from '../store/read-store.ts'

/** SGR codes (ECMA-48): what is coloured, and how it ends. */
const codes = {
  time: ['2', '22'],
  namespace: ['36', '39'],
  pod: ['32', '39'],
  container: ['34', '39'],
  stderr: ['31', '39'],
  match: ['1;33', '22;39'],
  rule: ['2', '22'],
} as const

export type Paint = (what: keyof typeof codes, text: string) => string

export const createPaint = (color: boolean): Paint =>
  color
    ? (what, text) => (text === '' ? '' : `\u001b[${codes[what][0]}m${text}\u001b[${codes[what][1]}m`)
    : (_what, text) => text

export interface RenderOptions {
  readonly color: boolean
  readonly matches: readonly RegExp[]
  /** Today, which is left out of the times. */
  readonly nowMs: number
}

/** The document as Elasticsearch would have it, `_id` first; one line. */
export const renderJson = ({ id, document }: Found): string =>
  `${JSON.stringify(id === undefined ? document : { _id: id, ...document })}\n`

const two = (value: number): string => String(value).padStart(2, '0')

const day = (date: Date): string => `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`

/** Local time with milliseconds, and the date where it is not today's. */
export const localTime = (ms: number, nowMs: number): string => {
  const date = new Date(ms)
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')
  const time = `${clock}.${String(date.getMilliseconds()).padStart(3, '0')}`
  return day(date) === day(new Date(nowMs)) ? time : `${day(date)} ${time}`
}

/** Non-overlapping ranges of all matches, in order. */
const ranges = (text: string, matches: readonly RegExp[]): readonly [number, number][] => {
  const found = matches.flatMap((match) =>
    [...text.matchAll(match)]
      .filter(([all]) => all !== '')
      .map((m): [number, number] => [m.index, m.index + m[0].length]),
  )
  found.sort((a, b) => a[0] - b[0] || b[1] - a[1])
  const merged: [number, number][] = []
  for (const [start, end] of found) {
    const last = merged.at(-1)
    if (last && start <= last[1]) last[1] = Math.max(last[1], end)
    else merged.push([start, end])
  }
  return merged
}

/** A colour never spans lines: what follows a newline has a frame of its own. */
const paintLines = (paint: Paint, text: string): string =>
  text
    .split('\n')
    .map((line) => paint('match', harmless(line)))
    .join('\n')

const highlighted = (text: string, matches: readonly RegExp[], paint: Paint): string => {
  let done = 0
  let result = ''
  for (const [start, end] of ranges(text, matches)) {
    result += harmless(text.slice(done, start)) + paintLines(paint, text.slice(start, end))
    done = end
  }
  return result + harmless(text.slice(done))
}

const first = (found: Found, field: string): string => harmless(String(fieldValues(found.document, field)[0] ?? ''))

const originOf = (found: Found, paint: Paint): string => {
  const namespace = first(found, 'namespace')
  if (namespace === '') return paint('pod', first(found, 'tag') || first(found, 'path') || '-')
  const pod = `${paint('namespace', namespace)}/${paint('pod', first(found, 'pod'))}`
  return `${pod} ${paint('container', first(found, 'container'))}`
}

/** For people: time, where it comes from, a mark for stderr, the message; its further lines below, indented. */
export const renderText = (found: Found, options: RenderOptions): string => {
  const paint = createPaint(options.color)
  const stderr = first(found, 'stream') === 'stderr'
  const mark = stderr ? paint('stderr', '!') : paint('rule', '|')
  const text = found.message === '' && !('message' in found.document) ? JSON.stringify(found.document) : found.message
  const message = highlighted(text.trimEnd(), options.matches, paint)
  const time = paint('time', localTime(found.ms, options.nowMs))
  return `${time} ${originOf(found, paint)} ${mark} ${message.replaceAll('\n', `\n    ${mark} `)}\n`
}
