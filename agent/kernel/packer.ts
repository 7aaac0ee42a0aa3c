import { crc32 } from 'node:zlib'
import { deflateTables } from './deflate-tables.ts'
import type { KernelMemory } from './memory-map.ts'

/** The gzip that is made while a body is written: one at a time, each in the room of its slot. */
export interface Packer {
  begin(slot: number, plainAt: number): void
  /** The body reaches to `end` now: its checksum goes on while the new bytes are still in the processor's cache. */
  grown(end: number): void
  /** A document that the kernel has not written itself; places as writeDocument() returns them. */
  add(stream: 'stdout' | 'stderr' | 'none', places: readonly number[]): void
  /** The finished gzip of [plainAt, end); undefined where it is no smaller than that. */
  end(slot: number, plainAt: number, end: number): Buffer | undefined
}

const STREAM_NUMBERS = { stdout: 0, stderr: 1, none: 2 } as const
const TRAILER_BYTES = 8
/** A call costs as much as 4 KiB of summing. */
const SUM_BYTES = 64 * 1024

/**
 * Room that a packed body may need, as a multiple of the plain one. The worst symbol for its bytes is a match of three: 13 bits
 * of length, 15 of distance, 13 extra.
 */
export const PACKED_FACTOR = 2

/** `roomsAt`: where the rooms for packed bodies begin in the kernel's memory, `roomBytes` each. */
export const createPacker = (memory: KernelMemory, roomsAt: number, roomBytes: number): Packer => {
  const { kernel, bytes, view } = memory
  const { literals, lengths, distances, header, headerRest, headerRestBits } = deflateTables()
  const place = (table: Uint32Array, at: number): void => {
    for (const [i, code] of table.entries()) view.setUint32(at + 4 * i, code, true)
  }
  place(literals, kernel.LITERALS)
  place(lengths, kernel.LENGTHS)
  place(distances, kernel.DISTANCES)
  const roomAt = (slot: number): number => roomsAt + slot * roomBytes

  let summed = 0
  let sum = 0
  const sumTo = (end: number): void => {
    sum = crc32(bytes.subarray(summed, end), sum)
    summed = end
  }

  return {
    begin: (slot, plainAt) => {
      summed = plainAt
      sum = 0
      bytes.set(header, roomAt(slot))
      kernel.packBegin(plainAt, roomAt(slot) + header.length, headerRest, headerRestBits)
    },
    grown: (end) => {
      if (end - summed >= SUM_BYTES) sumTo(end)
    },
    add: (stream, places) => {
      const [start, idOffset, afterId, , text, offset, tail, message, , end] = places as Places
      kernel.pack(STREAM_NUMBERS[stream], start, idOffset, afterId, text, offset, tail, message, end)
    },
    end: (slot, plainAt, end) => {
      kernel.packEnd(end)
      const packedEnd = view.getUint32(kernel.PACKED_END, true)
      const plain = bytes.subarray(plainAt, end)
      if (packedEnd + TRAILER_BYTES - roomAt(slot) >= plain.length) return undefined
      sumTo(end)
      view.setUint32(packedEnd, sum, true)
      view.setUint32(packedEnd + 4, plain.length, true)
      return bytes.subarray(roomAt(slot), packedEnd + TRAILER_BYTES)
    },
  }
}

type Places = [number, number, number, number, number, number, number, number, number, number]
