import { pino } from 'pino'
import type { Clock } from '../io/clock.ts'
import { createRateLimiter } from './rate-limiter.ts'
import { terminalLine } from './terminal-line.ts'

export type Level = 'debug' | 'info' | 'warn' | 'error'

/** Data of a log line. Values must be plain JSON; an Error goes through `errorFields`. */
export type Fields = Readonly<Record<string, unknown>>

/**
 * The process' own log. `kind` names what happened in snake_case and is the unit of rate limiting; `message` is a sentence
 * without data; the data go into `fields`.
 */
export interface Logger {
  log(level: Level, kind: string, message: string, fields?: Fields): void
  child(bindings: Fields): Logger
  /** Says what has been suppressed so far and ends the limiter's timers. Lines that come later are still written. */
  close(): void
}

/** Where finished lines go, each ending in a newline. */
export interface LogDestination {
  write(line: string): void
}

export interface LoggerOptions {
  readonly level: Level
  /** json: one object a line, for machines. terminal: short lines for people. */
  readonly format: 'json' | 'terminal'
  readonly colour: boolean
  /** Lines of one kind that pass within a window; the rest of the window is only counted. */
  readonly burst: number
  readonly windowMs: number
}

export const defaultLoggerOptions: LoggerOptions = {
  level: 'info',
  format: 'json',
  colour: false,
  burst: 10,
  windowMs: 10_000,
}

type Emit = (level: Level, kind: string, message: string, fields: Fields) => void

const RANKS: Record<Level, number> = { debug: 20, info: 30, warn: 40, error: 50 }

const jsonEmit = (options: LoggerOptions, clock: Clock, destination: LogDestination): Emit => {
  const root = pino(
    {
      level: options.level,
      base: null,
      messageKey: 'message',
      timestamp: () => `,"time":"${new Date(clock.now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  )
  return (level, kind, message, fields) => root[level]({ kind, ...fields }, message)
}

const terminalEmit =
  (options: LoggerOptions, clock: Clock, destination: LogDestination): Emit =>
  (level, kind, message, fields) =>
    destination.write(terminalLine({ nowMs: clock.now(), level, kind, message, fields }, options.colour))

/** Lines above the level and within their kind's share reach the destination; the others cost next to nothing. */
export const createLogger = (options: LoggerOptions, clock: Clock, destination: LogDestination): Logger => {
  const emit = (options.format === 'json' ? jsonEmit : terminalEmit)(options, clock, destination)
  const limiter = createRateLimiter(options, clock, (kind, suppressed) =>
    emit('info', 'suppressed', 'more lines of one kind came than its share; they were counted and left out', {
      suppressed_kind: kind,
      suppressed_lines: suppressed,
    }),
  )
  const withBindings = (bindings: Fields): Logger => ({
    log: (level, kind, message, fields) => {
      if (RANKS[level] < RANKS[options.level] || !limiter.admit(kind)) return
      emit(level, kind, message, { ...bindings, ...fields })
    },
    child: (more) => withBindings({ ...bindings, ...more }),
    close: () => limiter.close(),
  })
  return withBindings({})
}
