import type { Random } from './random.ts'

/** What the sink does to its clients for a while. */
export const WEATHERS = [
  'calm',
  'throttled',
  'failing',
  'away',
  'resetting',
  'hanging',
  'slow',
  'halved',
  'mixed',
] as const
export type Weather = (typeof WEATHERS)[number]

/** What happens to one request. */
export type Fate =
  | { readonly kind: 'answer'; readonly delayMs: number }
  /** Some items are refused with this status, the others taken. */
  | { readonly kind: 'items'; readonly status: 429 | 503; readonly share: number }
  /** Nothing is taken; the whole request has this status. */
  | { readonly kind: 'refuse'; readonly status: 429 | 500 | 503; readonly retryAfterS: number | undefined }
  /** The connection ends: before anything is taken, or after all is. */
  | { readonly kind: 'reset'; readonly applied: boolean }
  /** All is taken, and nobody says so: the client's time-out ends it. */
  | { readonly kind: 'hang'; readonly applied: boolean }
  /** The first half is taken, and the request fails. */
  | { readonly kind: 'half' }

const answer: Fate = { kind: 'answer', delayMs: 0 }

const refuse = (random: Random): Fate => ({
  kind: 'refuse',
  status: random.pick([429, 500, 503] as const),
  retryAfterS: random.chance(0.2) ? 1 : undefined,
})

const items = (random: Random): Fate => ({
  kind: 'items',
  status: random.chance(0.7) ? 429 : 503,
  share: random.next(),
})

const reset = (random: Random): Fate => ({ kind: 'reset', applied: random.chance(0.5) })
const hang = (random: Random): Fate => ({ kind: 'hang', applied: random.chance(0.8) })
const half = (): Fate => ({ kind: 'half' })
const slow = (random: Random): Fate => ({ kind: 'answer', delayMs: Math.round(random.spread(20, 1500)) })

const sometimes =
  (probability: number, make: (random: Random) => Fate) =>
  (random: Random): Fate =>
    random.chance(probability) ? make(random) : answer

const FATES: Readonly<Record<Weather, (random: Random) => Fate>> = {
  calm: () => answer,
  throttled: sometimes(0.6, items),
  failing: sometimes(0.6, refuse),
  away: refuse,
  resetting: sometimes(0.5, reset),
  hanging: sometimes(0.3, hang),
  slow,
  halved: sometimes(0.5, half),
  mixed: (random) => random.pick([sometimes(0.5, items), refuse, reset, hang, slow, half, () => answer])(random),
}

export const fateOf = (weather: Weather, random: Random): Fate => FATES[weather](random)
