import type { LineFormat } from '../event.ts'

const SPACE = 32

/** When the first line of a block was written, ms since the epoch, from its CRI time stamp; undefined where it has none. */
export const firstLineMs = (block: Uint8Array, format: LineFormat): number | undefined => {
  if (format !== 'cri') return undefined
  const end = block.indexOf(SPACE)
  if (end < 20 || end > 35) return undefined
  const ms = Date.parse(Buffer.from(block.buffer, block.byteOffset, end).toString('latin1'))
  return Number.isNaN(ms) ? undefined : ms
}
