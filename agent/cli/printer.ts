import type { Writable } from 'node:stream'

/** Prints at the reader's pace, and knows when the reader has gone (`| head`), which is no error. */
export interface Printer {
  /** false: nobody reads any more. */
  print(text: string): Promise<boolean>
  readonly gone: boolean
}

export const createPrinter = (out: Writable): Printer => {
  let gone = false
  let failure: Error | undefined
  out.on('error', (error: NodeJS.ErrnoException) => {
    gone = true
    if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') failure = error
  })
  const print = async (text: string): Promise<boolean> => {
    if (failure) throw failure
    if (gone || out.destroyed) return false
    await new Promise<void>((resolve) => out.write(text, () => resolve()))
    if (failure) throw failure
    return !gone
  }
  return {
    print,
    get gone() {
      return gone
    },
  }
}
