import type { Stream } from '../event.ts'
import { isTimestamp } from './timestamp.ts'

export interface CriLine {
  /** RFC 3339, verbatim. */
  readonly time: string
  readonly stream: Stream
  /** Tag P: the record goes on in a later line of the same stream. */
  readonly partial: boolean
  /** Where the content begins in the line. */
  readonly contentStart: number
}

const SPACE = 32

/** `2026-11-20T10:00:00.000000000+00:00` */
const LONGEST_TIME = 35

/** First of the tags, which are separated by ':' (kubernetes, pkg/kubelet/kuberuntime/logs; containerd and CRI-O write one). */
const TAGS = /^([PF])(?::|$)/

/**
 * `<RFC 3339 time> <stdout|stderr> <P|F>[:more tags] <content>`, without its newline; a line without content may lack the last
 * space. undefined: not a CRI line. (kubernetes.io, design-proposals-archive/node/kubelet-cri-logging.md)
 */
export const parseCri = (line: Buffer): CriLine | undefined => {
  const timeEnd = line.indexOf(SPACE)
  if (timeEnd < 0 || timeEnd > LONGEST_TIME) return undefined
  const stream = streamAt(line, timeEnd + 1)
  if (!stream) return undefined
  const tagsStart = timeEnd + 1 + stream.length + 1
  const space = line.indexOf(SPACE, tagsStart)
  const tagsEnd = space < 0 ? line.length : space
  const tags = TAGS.exec(line.toString('latin1', tagsStart, tagsEnd))
  const time = line.toString('latin1', 0, timeEnd)
  if (!tags || !isTimestamp(time)) return undefined
  return { time, stream, partial: tags[1] === 'P', contentStart: Math.min(tagsEnd + 1, line.length) }
}

const streamAt = (line: Buffer, at: number): Stream | undefined => {
  const word = line.toString('latin1', at, at + 7)
  return word === 'stdout ' ? 'stdout' : word === 'stderr ' ? 'stderr' : undefined
}
