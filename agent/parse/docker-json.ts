import type { Stream } from '../event.ts'
import { isTimestamp } from './timestamp.ts'

export interface DockerLine {
  /** RFC 3339, verbatim. */
  readonly time: string
  readonly stream: Stream
  /** `log` has no newline at its end: docker cuts a line after 16 KiB (moby, daemon/logger/copier.go). */
  readonly partial: boolean
  /** `log` without its newline, as UTF-8. */
  readonly content: Buffer
}

/** One line of docker's json-file driver: `{"log":"…\n","stream":"stdout","time":"…"}`. undefined: it is not one. */
export const parseDockerJson = (line: Buffer): DockerLine | undefined => {
  const entry = parseObject(line.toString('utf8'))
  if (!entry) return undefined
  const { log, stream, time } = entry
  if (typeof log !== 'string' || typeof time !== 'string' || !isTimestamp(time)) return undefined
  if (stream !== 'stdout' && stream !== 'stderr') return undefined
  const partial = !log.endsWith('\n')
  return { time, stream, partial, content: Buffer.from(partial ? log : log.slice(0, -1), 'utf8') }
}

/** Not JSON is an answer here, not a failure: the line is shipped as it is. */
const parseObject = (text: string): Record<string, unknown> | undefined => {
  if (!text.startsWith('{')) return undefined
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return undefined
  }
}
