import { crc32 } from 'node:zlib'
import { deflateTables } from './deflate-tables.ts'
import type { KernelMemory } from './memory-map.ts'

/** The gzip that is made while a body is written: one at a time, each in the room of its slot. */
export interface Packer {
  begin(slot: number, plainAt: number): void
  /** A document that the kernel has not written itself; places as writeDocument() returns them. */
  add(stream: 'stdout' | 'stderr' | 'none', places: readonly number[]): void
  /** The finished gzip of [plainAt, end); undefined where it is no smaller than that. */
  end(slot: number, plainAt: number, end: number): Buffer | undefined
}

const STREAM_NUMBERS = { stdout: 0, stderr: 1, none: 2 } as const
const TRAILER_BYTES = 8

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

  return {
    begin: (slot, plainAt) => {
      bytes.set(header, roomAt(slot))
      kernel.packBegin(plainAt, roomAt(slot) + header.length, headerRest, headerRestBits)
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
      view.setUint32(packedEnd, crc32(plain), true)
      view.setUint32(packedEnd + 4, plain.length, true)
      return bytes.subarray(roomAt(slot), packedEnd + TRAILER_BYTES)
    },
  }
}

type Places = [number, number, number, number, number, number, number, number, number, number]
