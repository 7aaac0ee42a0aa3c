import { isUtf8 } from 'node:buffer'
import type { PartialRecord, Partials, Stream } from '../event.ts'
import type { KernelMemory } from './memory-map.ts'

const STREAMS = ['stdout', 'stderr'] as const

/**
 * The open records of a turn, between JavaScript and the kernel's memory. The kernel continues those that it could have made
 * (one run of lines of this file, valid, uncut, small); of the others it only knows that they are none of its business.
 */
export interface Carry {
  /** At the start of a turn. */
  load(partials: Readonly<Partials>, fingerprint: string): void
  /** As they are now. */
  current(): Partials
  replace(stream: Stream, record: PartialRecord | undefined): void
}

/** Escaped bytes; room for as much again stays in the kernel's area (CARRY_LIMIT in assembly/kernel.ts). */
const KERNEL_BYTES = 65_536

export const createCarry = (memory: KernelMemory): Carry => {
  const { kernel, bytes, view } = memory
  const open: Partials = { stdout: undefined, stderr: undefined }
  let fingerprint = ''

  const stateAt = (stream: Stream): number => kernel.CARRY + STREAMS.indexOf(stream) * kernel.CARRY_SIZE
  const areaAt = (stream: Stream): number => kernel.CARRIED + STREAMS.indexOf(stream) * kernel.CARRIED_BYTES

  const forKernel = (record: PartialRecord): boolean =>
    record.fingerprint === fingerprint &&
    record.spans.length === 1 &&
    record.cutBytes === 0 &&
    record.escaped.length <= KERNEL_BYTES &&
    isUtf8(record.escaped)

  const hand = (stream: Stream, record: PartialRecord): void => {
    const at = stateAt(stream)
    const span = record.spans[0]!
    bytes.set(record.escaped, areaAt(stream))
    bytes.write(record.time, at + kernel.CARRY_TIME, 'latin1')
    view.setUint32(at + kernel.CARRY_TIME_LENGTH, record.time.length, true)
    view.setUint32(at + kernel.CARRY_ESCAPED, record.escaped.length, true)
    view.setUint32(at + kernel.CARRY_RAW, record.rawBytes, true)
    view.setBigUint64(at + kernel.CARRY_OFFSET, BigInt(span.offset), true)
    view.setBigUint64(at + kernel.CARRY_END, BigInt(span.offset + span.length), true)
  }

  const replace = (stream: Stream, record: PartialRecord | undefined): void => {
    const at = stateAt(stream)
    const mine = record !== undefined && forKernel(record)
    if (mine) hand(stream, record)
    const state = mine ? kernel.CARRY_KERNEL : record ? kernel.CARRY_HOST : kernel.CARRY_NONE
    view.setUint32(at + kernel.CARRY_STATE, state, true)
    view.setUint32(at + kernel.CARRY_DIRTY, 0, true)
    open[stream] = record
  }

  const fetch = (stream: Stream): PartialRecord | undefined => {
    const at = stateAt(stream)
    if (view.getUint32(at + kernel.CARRY_STATE, true) === kernel.CARRY_NONE) return undefined
    const offset = Number(view.getBigUint64(at + kernel.CARRY_OFFSET, true))
    const end = Number(view.getBigUint64(at + kernel.CARRY_END, true))
    const timeAt = at + kernel.CARRY_TIME
    const area = areaAt(stream)
    return {
      time: bytes.toString('latin1', timeAt, timeAt + view.getUint32(at + kernel.CARRY_TIME_LENGTH, true)),
      escaped: new Uint8Array(bytes.subarray(area, area + view.getUint32(at + kernel.CARRY_ESCAPED, true))),
      rawBytes: view.getUint32(at + kernel.CARRY_RAW, true),
      cutBytes: 0,
      spans: [{ offset, length: end - offset, fingerprint: undefined }],
      fingerprint,
    }
  }

  return {
    load: (partials, file) => {
      const sameFile = file === fingerprint
      fingerprint = file
      for (const stream of STREAMS) {
        const record = partials[stream]
        if (record !== open[stream] || (record && !sameFile)) replace(stream, record)
      }
    },
    current: () => {
      for (const stream of STREAMS) {
        const dirtyAt = stateAt(stream) + kernel.CARRY_DIRTY
        if (view.getUint32(dirtyAt, true) === 0) continue
        open[stream] = fetch(stream)
        view.setUint32(dirtyAt, 0, true)
      }
      return open
    },
    replace,
  }
}
