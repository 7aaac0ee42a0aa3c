import { constants } from 'node:fs'
import type { Filesystem } from '../../lib/io/filesystem.ts'
import type { BulkBody } from '../event.ts'
import { type BulkItem, itemBounds, itemTexts, plainBytesOf, salvageItems } from './bulk-items.ts'
import { decodeBlocks, decodeHeader } from './chunk-format.ts'

const NAME = /^\d{16}\.chunk$/
const MAX_BYTES = 64 * 1024 * 1024

/** undefined: delivered, and so deleted, since the folder was listed. */
const readFile = (filesystem: Filesystem, path: string): Buffer | undefined => {
  try {
    const fd = filesystem.open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
    try {
      const file = Buffer.alloc(Math.min(filesystem.poll(fd).size, MAX_BYTES))
      let length = 0
      for (let more = -1; more !== 0 && length < file.length; length += more)
        more = filesystem.read(fd, file.subarray(length), length)
      return file.subarray(0, length)
    } finally {
      filesystem.close(fd)
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** As much of the chunk as the queue itself would send; it is a gzip stream on disk, whatever it was on the wire. */
const bodyOf = (file: Buffer): BulkBody | undefined => {
  const head = decodeHeader(file)
  if (head.kind !== 'header') return undefined
  const { documents, plainBytes } = head.header
  const { payload, damage } = decodeBlocks(file)
  if (damage) return salvageItems(payload, 'gzip', Math.max(1, plainBytes))
  return { bytes: payload, encoding: 'gzip', plainBytes, documents }
}

/** The items of an output's chunks on disk, oldest first. Only reads, so that commands may look beside a running agent. */
export function* lookIntoQueue(filesystem: Filesystem, directory: string): Generator<BulkItem> {
  if (filesystem.stat(directory)?.kind !== 'directory') return
  const names = filesystem.readdir(directory).filter((name) => NAME.test(name))
  for (const name of names.sort()) {
    const file = readFile(filesystem, `${directory}/${name}`)
    const body = file && bodyOf(file)
    if (!body) continue
    const plain: BulkBody = { ...body, bytes: plainBytesOf(body), encoding: 'identity' }
    const positions = Array.from({ length: itemBounds(plain.bytes).length - 1 }, (_, i) => i)
    for (const item of itemTexts(plain, positions)) if (item) yield item
  }
}
