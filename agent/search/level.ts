/** The level of a line that says it only in its text; the first word of this kind near its beginning. */
const word =
  /(?<![\p{L}\p{N}_])(trace|debug|info|information|notice|warn|warning|error|err|severe|critical|fatal|panic|emerg)(?![\p{L}\p{N}_])/iu
/** klog: `E1121 06:14:02.123456 …` */
const klog = /^([IWEF])\d{4} \d\d:\d\d:\d\d\./

const names: Readonly<Record<string, string | undefined>> = {
  __proto__: null as never,
  information: 'info',
  warning: 'warn',
  err: 'error',
  severe: 'error',
  I: 'info',
  W: 'warn',
  E: 'error',
  F: 'fatal',
}

/** pino and bunyan count: 10 trace, 20 debug, 30 info, 40 warn, 50 error, 60 fatal. */
const numbers: Readonly<Record<string, string | undefined>> = {
  __proto__: null as never,
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
}

const lookedAt = 160

/** trace, debug, info, notice, warn, error, critical, fatal, panic, emerg, or the word itself in lower case. */
export const levelName = (level: string): string => {
  const lower = level.toLowerCase()
  return numbers[lower] ?? names[lower] ?? lower
}

export const levelOfText = (message: string): string | undefined => {
  const head = message.slice(0, lookedAt)
  const found = klog.exec(head)?.[1] ?? word.exec(head)?.[1]?.toLowerCase()
  return found === undefined ? undefined : (names[found] ?? found)
}
