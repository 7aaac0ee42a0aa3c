/** `30s`, `1m30s`, `1.5h`. Units are written out, always: a bare number is a mistake, because its unit would be a guess. */
export type DurationText = `${number}${'ms' | 's' | 'm' | 'h' | 'd'}` | '0'

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
] as const

/** What JSON Schema can say of a duration; the walker says more. */
export const DURATION_PATTERN = '^(0|([0-9]+(\\.[0-9]+)?(ms|s|m|h|d))+)$'

const PIECE = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/g
const WHOLE = new RegExp(DURATION_PATTERN)

const unitMs = (unit: string | undefined): number => UNITS.find(([name]) => name === unit)?.[1] ?? 0

/** Milliseconds, whole; undefined where the text is not a duration. */
export const parseDuration = (text: string): number | undefined => {
  if (!WHOLE.test(text)) return undefined
  const ms = text.matchAll(PIECE).reduce((sum, [, amount, unit]) => sum + Number(amount) * unitMs(unit), 0)
  return Math.round(ms)
}

const WORDS = [
  ['ms', /^(ms|msecs?|millis|milliseconds?)$/i],
  ['s', /^(s|secs?|seconds?)$/i],
  ['m', /^(m|mins?|minutes?)$/i],
  ['h', /^(h|hrs?|hours?)$/i],
  ['d', /^(d|days?)$/i],
] as const

/** How a text that is not a duration was probably meant: `5` → `5s`, `2 hours` → `2h`. */
export const durationHint = (text: string): string | undefined => {
  const [, amount, word] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text) ?? []
  if (amount === undefined) return undefined
  const unit = word === '' ? 's' : WORDS.find(([, pattern]) => pattern.test(word ?? ''))?.[0]
  return unit && `${amount}${unit}`
}
