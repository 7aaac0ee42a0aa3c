import type * as Ffi from 'node:ffi'

/** struct timex of adjtimex(2), on the 64-bit machines that Node runs on (include/uapi/linux/timex.h), and what the call returned. */
export interface Timex {
  /** TIME_OK … TIME_ERROR. */
  readonly state: number
  readonly offset: number
  readonly freq: number
  readonly maxerror: number
  readonly esterror: number
  readonly status: number
  readonly constant: number
  readonly tick: number
  readonly ppsfreq: number
  readonly jitter: number
  readonly shift: number
  readonly stabil: number
  readonly jitcnt: number
  readonly calcnt: number
  readonly errcnt: number
  readonly stbcnt: number
  readonly tai: number
}

const SIZE = 208

/**
 * A function that asks the kernel for its clock's state, changing nothing (modes is 0, for which no privilege is needed). Node itself has
 * no such call; its own foreign functions (node:ffi, since 26.1, no package) cost 1.4 MB once. undefined where this Node has none.
 */
export const openAdjtimex = (): (() => Timex) | undefined => {
  const ffi = process.getBuiltinModule('node:ffi') as typeof Ffi | undefined
  if (ffi === undefined) return undefined
  const { functions } = ffi.dlopen(null, { adjtimex: { arguments: ['buffer'], return: 'int32' } })
  return () => {
    const bytes = new Uint8Array(SIZE)
    const state = functions.adjtimex(bytes)
    if (state < 0) throw new Error('adjtimex(2) is refused')
    return parseTimex(state, bytes)
  }
}

export const parseTimex = (state: number, bytes: Uint8Array): Timex => {
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const little = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1
  const long = (at: number): number => Number(view.getBigInt64(at, little))
  const int = (at: number): number => view.getInt32(at, little)
  return {
    state,
    offset: long(8),
    freq: long(16),
    maxerror: long(24),
    esterror: long(32),
    status: int(40),
    constant: long(48),
    tick: long(88),
    ppsfreq: long(96),
    jitter: long(104),
    shift: int(112),
    stabil: long(120),
    jitcnt: long(128),
    calcnt: long(136),
    errcnt: long(144),
    stbcnt: long(152),
    tai: int(160),
  }
}
