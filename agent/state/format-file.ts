import { constants } from 'node:fs'
import { crc32 } from 'node:zlib'
import type { Filesystem } from '../../lib/io/filesystem.ts'
import { StateError } from './state-error.ts'
import type { StatePaths } from './state-paths.ts'

export const STATE_VERSION = 1
const TEXT = /^(picket-state (\d+))(?: ([0-9a-f]{8}))?\n$/
const READ_MAX_BYTES = 64

export type FormatFile =
  | { readonly kind: 'absent' }
  | { readonly kind: 'known'; readonly version: number }
  | { readonly kind: 'damaged' }

/** `picket-state <version> <crc32 of what is before>`: a form that never changes, so that a flipped bit is not taken for a newer agent. */
const formatText = (version: number): string => {
  const text = `picket-state ${version}`
  return `${text} ${crc32(text).toString(16).padStart(8, '0')}\n`
}

const parseFormat = (text: string): FormatFile => {
  const [, what = '', version = '', crc] = TEXT.exec(text) ?? []
  if (what === '') return { kind: 'damaged' }
  const isWhole = formatText(Number(version)) === `${what} ${crc}\n`
  // Without a CRC: as the first agents wrote it.
  const isOld = crc === undefined && Number(version) <= STATE_VERSION
  return isWhole || isOld ? { kind: 'known', version: Number(version) } : { kind: 'damaged' }
}

export const readFormat = (filesystem: Filesystem, paths: StatePaths): FormatFile => {
  if (!filesystem.stat(paths.format)) return { kind: 'absent' }
  const fd = filesystem.open(paths.format, constants.O_RDONLY | constants.O_NOFOLLOW)
  try {
    const target = Buffer.alloc(READ_MAX_BYTES)
    return parseFormat(target.toString('latin1', 0, filesystem.read(fd, target, 0)))
  } finally {
    filesystem.close(fd)
  }
}

/** An older agent must not guess at what a newer one has left: it would take positions or chunks for damaged. */
export const refuseNewer = (format: FormatFile, root: string): void => {
  if (format.kind !== 'known' || format.version <= STATE_VERSION) return
  throw new StateError(
    `state_dir ${root} was written by a newer Picket (state version ${format.version}; this one knows ${STATE_VERSION}). ` +
      'Nothing in it was touched. Run the newer version, or give this one another state_dir.',
  )
}

/** tmp, fsync, rename, fsync of the folder. */
export const writeDurably = (filesystem: Filesystem, root: string, path: string, text: string): void => {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW
  const fd = filesystem.open(`${path}.tmp`, flags, 0o600)
  try {
    filesystem.write(fd, Buffer.from(text))
    filesystem.fsync(fd)
  } finally {
    filesystem.close(fd)
  }
  filesystem.rename(`${path}.tmp`, path)
  filesystem.fsyncDirectory(root)
}

export const writeFormat = (filesystem: Filesystem, paths: StatePaths): void =>
  writeDurably(filesystem, paths.root, paths.format, formatText(STATE_VERSION))
