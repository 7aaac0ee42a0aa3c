import { gzipSync } from 'node:zlib'
import type { SealedBody } from '../event.ts'
import { type LaidOut, writeDocument } from './document.ts'
import type { KernelMemory } from './memory-map.ts'
import { createPacker, PACKED_FACTOR } from './packer.ts'
import { createSlots } from './slots.ts'

/**
 * What a slot keeps free behind the threshold at which it is full, so that the kernel never has to measure before it writes:
 * the texts (60 KiB at most), an open record (64 KiB escaped), and the longest line of an input block with every byte doubled.
 */
export const HEADROOM_BYTES = 262_144

export interface BodyOptions {
  readonly slots: number
  readonly slotBytes: number
  readonly compression: 'none' | 'fast'
}

/** What createBodies() needs of the kernel's memory behind its fixed part. */
export const bodiesBytes = (options: BodyOptions): number =>
  options.slots * options.slotBytes * (options.compression === 'fast' ? 1 + PACKED_FACTOR : 1)

/** The body that is being filled, and those that were sealed and are not yet released. */
export interface Bodies {
  /** Bytes and documents of the staged body; 0 where none is staged. */
  readonly usedBytes: number
  readonly documents: number
  /** Where the next document goes in the kernel's memory, and where the slot is full. */
  readonly at: number
  readonly fullAt: number
  readonly slotEnd: number
  readonly full: boolean
  stage(): boolean
  /** The kernel has written up to `end`. */
  grown(end: number, documents: number): void
  /** Writes a document; false: it does not fit behind what is there, seal first. */
  append(laid: LaidOut, stream: 'stdout' | 'stderr' | 'none'): boolean
  seal(): SealedBody
  release(body: SealedBody): void
}

interface Staged {
  readonly slot: number
  readonly start: number
  end: number
  documents: number
  /** A document that is larger than a slot, alone in its body. */
  oversize: Buffer | undefined
}

export const createBodies = (memory: KernelMemory, options: BodyOptions): Bodies => {
  const { kernel, bytes } = memory
  const slots = createSlots(options.slots)
  const { slotBytes } = options
  const packedAt = kernel.SLOTS + options.slots * slotBytes
  const packer = options.compression === 'fast' ? createPacker(memory, packedAt, PACKED_FACTOR * slotBytes) : undefined
  const sealed = new Map<SealedBody, { readonly slot: number; readonly oversize: boolean }>()
  let staged: Staged | undefined
  // One at a time, so that the largest records need the memory of one: until it is released nothing else is staged.
  let oversizeInUse = false

  const now = (): Staged => {
    if (!staged) throw new Error('no slot is staged')
    return staged
  }

  const stage = (): boolean => {
    if (staged) return true
    const slot = oversizeInUse ? undefined : slots.take()
    if (slot === undefined) return false
    const start = kernel.SLOTS + slot * slotBytes
    packer?.begin(slot, start)
    staged = { slot, start, end: start, documents: 0, oversize: undefined }
    return true
  }

  const appendOversize = (body: Staged, laid: LaidOut): boolean => {
    if (body.documents > 0) return false
    body.oversize = Buffer.alloc(laid.size)
    writeDocument(body.oversize, 0, laid)
    body.documents = 1
    oversizeInUse = true
    return true
  }

  const append: Bodies['append'] = (laid, stream) => {
    const body = now()
    if (laid.size > slotBytes) return appendOversize(body, laid)
    if (body.end + laid.size > body.start + slotBytes) return false
    const places = writeDocument(bytes, body.end, laid)
    packer?.add(stream, places)
    body.end = places.at(-1)!
    body.documents++
    return true
  }

  const packed = ({ slot, start, end, oversize }: Staged): Buffer | undefined => {
    if (!packer) return undefined
    return oversize ? gzipSync(oversize, { level: 1 }) : packer.end(slot, start, end)
  }

  const seal = (body: Staged): SealedBody => {
    const { slot, start, end, documents, oversize } = body
    if (documents === 0) throw new Error('the staged body is empty')
    const plain = oversize ?? bytes.subarray(start, end)
    const gzip = packed(body)
    const encoding = gzip ? 'gzip' : 'identity'
    const result: SealedBody = { bytes: gzip ?? plain, encoding, plainBytes: plain.length, documents }
    sealed.set(result, { slot, oversize: oversize !== undefined })
    return result
  }

  const usedBytes = (): number => staged?.oversize?.length ?? (staged ? staged.end - staged.start : 0)

  return {
    get usedBytes() {
      return usedBytes()
    },
    get documents() {
      return staged?.documents ?? 0
    },
    get at() {
      return now().end
    },
    get fullAt() {
      return now().start + slotBytes - HEADROOM_BYTES
    },
    get slotEnd() {
      return now().start + slotBytes
    },
    get full() {
      return usedBytes() >= slotBytes - HEADROOM_BYTES
    },
    stage,
    grown: (end, documents) => {
      const body = now()
      body.end = end
      body.documents += documents
      packer?.grown(end)
    },
    append,
    seal: () => {
      const body = seal(now())
      staged = undefined
      return body
    },
    release: (body) => {
      const use = sealed.get(body)
      if (!use) throw new Error('this body was released before, or is not of this encoder')
      sealed.delete(body)
      slots.free(use.slot)
      if (use.oversize) oversizeInUse = false
    },
  }
}
