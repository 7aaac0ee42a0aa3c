import { styleText } from 'node:util'
import type { Fields, Level } from './logger.ts'

export interface LineParts {
  readonly nowMs: number
  readonly level: Level
  readonly kind: string
  readonly message: string
  readonly fields: Fields
}

const COLOURS = { debug: 'gray', info: 'green', warn: 'yellow', error: 'red' } as const

// Control characters in a file name or a server's answer would move the reader's cursor or change the window's title (CWE-150).
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g

const escapeControl = (text: string): string =>
  text.replace(CONTROL, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`)

const bare = (text: string): boolean => text !== '' && !/[\s"=]/.test(text)

const valueText = (value: unknown): string => {
  if (typeof value !== 'string') return escapeControl(JSON.stringify(value) ?? 'undefined')
  return bare(value) ? escapeControl(value) : escapeControl(JSON.stringify(value))
}

const twoDigits = (n: number): string => String(n).padStart(2, '0')

/** Local time: who looks at a terminal looks at the wall clock beside it. */
const timeText = (nowMs: number): string => {
  const t = new Date(nowMs)
  return [t.getHours(), t.getMinutes(), t.getSeconds()].map(twoDigits).join(':')
}

/** `12:00:01 warn  sentence key=value …` and a newline. */
export const terminalLine = (parts: LineParts, colour: boolean): string => {
  const level = parts.level.padEnd(5)
  const data = Object.entries(parts.fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${valueText(value)}`)
    .join(' ')
  const paint = (format: 'dim' | (typeof COLOURS)[Level], text: string): string =>
    colour ? styleText(format, text, { validateStream: false }) : text
  const head = `${paint('dim', timeText(parts.nowMs))} ${paint(COLOURS[parts.level], level)} ${escapeControl(parts.message)}`
  return `${data ? `${head} ${paint('dim', data)}` : head}\n`
}
