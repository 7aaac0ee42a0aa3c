/** `5MiB`, `256KiB`, `1.5GB`. As with durations, a bare number is a mistake. */
export type SizeText = `${number}${'B' | 'KB' | 'MB' | 'GB' | 'TB' | 'KiB' | 'MiB' | 'GiB' | 'TiB'}` | '0'

const UNITS = [
  ['TiB', 1024 ** 4],
  ['GiB', 1024 ** 3],
  ['MiB', 1024 ** 2],
  ['KiB', 1024],
  ['TB', 1000 ** 4],
  ['GB', 1000 ** 3],
  ['MB', 1000 ** 2],
  ['KB', 1000],
  ['B', 1],
] as const

export const SIZE_PATTERN = '^(0|[0-9]+(\\.[0-9]+)?([KMGT]i?)?B)$'

const PIECE = /^(\d+(?:\.\d+)?)([KMGT]?i?B)$/

/** Bytes, whole; undefined where the text is not a size. */
export const parseSize = (text: string): number | undefined => {
  if (text === '0') return 0
  const [, amount, unit] = PIECE.exec(text) ?? []
  const bytes = UNITS.find(([name]) => name === unit)?.[1]
  return bytes === undefined ? undefined : Math.round(Number(amount) * bytes)
}

/** How a text that is not a size was probably meant: `5` and `5m` → `5MiB`, `5mb` → `5MB`. */
export const sizeHint = (text: string): string | undefined => {
  const [, amount, letter, binary] = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(i?b?|)(?:ytes?)?$/i.exec(text) ?? []
  if (amount === undefined) return undefined
  const prefix = (letter || 'm').toUpperCase()
  return `${amount}${prefix}${/^b$/i.test(binary ?? '') && letter ? 'B' : 'iB'}`
}
