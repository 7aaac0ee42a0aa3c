import { parseDuration } from '../../lib/words/duration.ts'

/** A point in time as it is written on the command line; only who has a clock can tell when `ago` is. */
export type Moment = { readonly kind: 'ago'; readonly ms: number } | { readonly kind: 'at'; readonly epochMs: number }

const DAY = /^\d{4}-\d{2}-\d{2}$/
const TIME = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?(Z|[+-]\d{2}:?\d{2})?$/i

/** `10m`, `1h30m`; `2026-01-31` (its beginning), `2026-01-31T12:00`, `2026-01-31T12:00:00.5Z`. Without a zone it is local time. */
export const parseMoment = (text: string): Moment | undefined => {
  const ms = parseDuration(text)
  if (ms !== undefined) return { kind: 'ago', ms }
  // ECMAScript takes a date alone for UTC and a date with a time for local (Date Time String Format); people mean local.
  const whole = DAY.test(text) ? `${text}T00:00` : TIME.test(text) ? text.replace(' ', 'T').replace(',', '.') : ''
  const epochMs = Date.parse(whole)
  return Number.isNaN(epochMs) ? undefined : { kind: 'at', epochMs }
}

/** ms since the epoch. */
export const momentMs = (moment: Moment, nowMs: number): number =>
  moment.kind === 'ago' ? nowMs - moment.ms : moment.epochMs
