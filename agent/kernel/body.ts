import type { SealedBody } from '../event.ts'
import { type LaidOut, writeDocument } from './document.ts'
import type { KernelMemory } from './memory-map.ts'
import { createSlots } from './slots.ts'

/**
 * What a slot keeps free behind the threshold at which it is full, so that the kernel never has to measure before it writes:
 * the texts (60 KiB at most), an open record (64 KiB escaped), and the longest line of an input block with every byte doubled.
 */
export const HEADROOM_BYTES = 262_144

export interface BodyOptions {
  readonly slots: number
  readonly slotBytes: number
}

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
  append(laid: LaidOut): boolean
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
    const start = kernel.SLOTS + slot * options.slotBytes
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

  const append = (laid: LaidOut): boolean => {
    const body = now()
    if (laid.size > options.slotBytes) return appendOversize(body, laid)
    if (body.end + laid.size > body.start + options.slotBytes) return false
    body.end = writeDocument(bytes, body.end, laid)
    body.documents++
    return true
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
      return now().start + options.slotBytes - HEADROOM_BYTES
    },
    get slotEnd() {
      return now().start + options.slotBytes
    },
    get full() {
      return usedBytes() >= options.slotBytes - HEADROOM_BYTES
    },
    stage,
    grown: (end, documents) => {
      const body = now()
      body.end = end
      body.documents += documents
    },
    append,
    seal: () => {
      const { slot, start, end, documents, oversize } = now()
      if (documents === 0) throw new Error('the staged body is empty')
      const plain = oversize ?? bytes.subarray(start, end)
      const body: SealedBody = { bytes: plain, encoding: 'identity', plainBytes: plain.length, documents }
      sealed.set(body, { slot, oversize: oversize !== undefined })
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
