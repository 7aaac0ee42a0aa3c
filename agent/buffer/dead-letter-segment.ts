import { constants } from 'node:fs'
import type { Filesystem } from '../../lib/io/filesystem.ts'

/** One dead-letter file. */
export interface Segment {
  readonly seq: number
  readonly path: string
  readonly bytes: number
}

const NAME = /^(\d{16})\.ndjson$/
const READ = constants.O_RDONLY | constants.O_NOFOLLOW
const BLOCK_BYTES = 64 * 1024
const NEWLINE = 10

export const segmentPath = (directory: string, seq: number): string =>
  `${directory}/${String(seq).padStart(16, '0')}.ndjson`

/** An output's segments, oldest first. Only reads, so that commands may look beside a running agent. */
export const listSegments = (filesystem: Filesystem, directory: string): readonly Segment[] =>
  filesystem.stat(directory)?.kind !== 'directory'
    ? []
    : filesystem
        .readdir(directory)
        .sort()
        .flatMap((name) => {
          const seq = NAME.exec(name)?.[1]
          const path = `${directory}/${name}`
          const stat = seq ? filesystem.lstat(path) : undefined
          return seq && stat?.kind === 'file' ? [{ seq: Number(seq), path, bytes: stat.size }] : []
        })

/** Blocks of a file in one buffer, each valid until the next. */
function* blocksOf(filesystem: Filesystem, path: string): Generator<Uint8Array> {
  const fd = filesystem.open(path, READ)
  try {
    const block = Buffer.allocUnsafe(BLOCK_BYTES)
    for (let at = 0; ; ) {
      const length = filesystem.read(fd, block, at)
      if (length === 0) return
      at += length
      yield block.subarray(0, length)
    }
  } finally {
    filesystem.close(fd)
  }
}

/** How many whole lines a segment has, and where the last of them ends. */
export const wholeLines = (
  filesystem: Filesystem,
  segment: Segment,
): { readonly lines: number; readonly bytes: number } => {
  let lines = 0
  let bytes = 0
  let before = 0
  for (const block of blocksOf(filesystem, segment.path)) {
    for (let at = block.indexOf(NEWLINE); at >= 0; at = block.indexOf(NEWLINE, at + 1)) {
      lines++
      bytes = before + at + 1
    }
    before += block.length
  }
  return { lines, bytes }
}

/** The whole lines of a segment in order, without their newlines. Each is valid until the next. */
export function* segmentLines(filesystem: Filesystem, segment: Pick<Segment, 'path'>): Generator<Buffer> {
  let rest = Buffer.alloc(0)
  for (const block of blocksOf(filesystem, segment.path)) {
    rest = Buffer.concat([rest, block])
    let from = 0
    for (let at = rest.indexOf(NEWLINE); at >= 0; at = rest.indexOf(NEWLINE, from)) {
      yield rest.subarray(from, at)
      from = at + 1
    }
    rest = rest.subarray(from)
  }
}
