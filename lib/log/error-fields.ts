import type { Fields } from './logger.ts'

const MAX_TEXT_LENGTH = 1000

/** Long texts (an answer's body, a stack of causes) are cut: a log line has to stay one that can be read. */
export const cutText = (text: string): string =>
  text.length <= MAX_TEXT_LENGTH ? text : `${text.slice(0, MAX_TEXT_LENGTH)}…`

/** What a log line says of an error: its message, its code where it has one, and its cause's message. No stack. */
export const errorFields = (error: Error): Fields => {
  const code = (error as NodeJS.ErrnoException).code
  const cause = error.cause instanceof Error ? error.cause.message : undefined
  return {
    error: cutText(error.message),
    ...(code === undefined ? {} : { code }),
    ...(cause === undefined ? {} : { cause: cutText(cause) }),
  }
}
