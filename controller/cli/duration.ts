const STEPS = [
  ['y', 365 * 86_400],
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
  ['s', 1],
] as const

/** Beyond so many of its larger unit, the smaller one is left out: as kubectl's ages are (apimachinery, pkg/util/duration HumanDuration). */
const FINE_BELOW = { y: 8, d: 8, h: 8, m: 10, s: 0 } as const
/** A unit is used from two of it on, except that 119 s are said in seconds and 179 min in minutes. */
const USED_FROM = { y: 2, d: 2, h: 3, m: 2, s: 0 } as const

/** 45s, 5m20s, 130m, 7h5m, 40h, 3d4h, 400d. */
export const duration = (ms: number): string => {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const at = STEPS.findIndex(([unit, length]) => seconds >= length * USED_FROM[unit])
  const [unit, length] = STEPS[at] ?? ['s', 1]
  const whole = Math.floor(seconds / length)
  const smaller = STEPS[at + 1]
  const rest = smaller && whole < FINE_BELOW[unit] ? Math.floor((seconds % length) / smaller[1]) : 0
  return smaller && rest > 0 ? `${whole}${unit}${rest}${smaller[0]}` : `${whole}${unit}`
}
