const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const

/** 1536 → `1.5 KiB` */
export const bytes = (value: number): string => {
  const power = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, Math.abs(value))) / 10)))
  const scaled = value / 1024 ** power
  return `${power === 0 || scaled >= 100 ? Math.round(scaled) : Number(scaled.toFixed(1))} ${UNITS[power]}`
}

export const bytesPerSecond = (value: number): string => `${bytes(value)}/s`

export const percent = (share: number): string => {
  const value = share * 100
  return `${value >= 10 || value === 0 ? Math.round(value) : Number(value.toFixed(1))} %`
}

export const count = (value: number): string => Math.round(value).toLocaleString('en')

export const decimal = (value: number): string => String(Number(value.toFixed(value < 10 ? 2 : 1)))

/** 95000 → `1 min 35 s`; two units are enough for people. */
export const duration = (ms: number): string => {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const
  const first = parts.findIndex(([value]) => value > 0)
  return parts
    .slice(first, first + 2)
    .filter(([value]) => value > 0)
    .map(([value, unit]) => `${value} ${unit}`)
    .join(' ')
}

const two = (value: number): string => String(value).padStart(2, '0')

/** Local time of day with milliseconds. */
export const timeOfDay = (ms: number): string => {
  const date = new Date(ms)
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')
  return `${clock}.${String(date.getMilliseconds()).padStart(3, '0')}`
}

/** `2026-11-26`, local. */
export const day = (ms: number): string => {
  const date = new Date(ms)
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}
