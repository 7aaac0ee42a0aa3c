import fs from 'node:fs'

/** getauxval(3): pairs of words, key 6 is the page size. Both architectures that Picket is built for are of 64 bits and little-endian. */
const AT_PAGESZ = 6n
const PAIR_BYTES = 16
const USUAL = 4096

/** 4096 on most machines, 65536 on some of arm64. */
export const pageSize = (): number => {
  try {
    const vector = fs.readFileSync('/proc/self/auxv')
    for (let at = 0; at + PAIR_BYTES <= vector.length; at += PAIR_BYTES)
      if (vector.readBigUInt64LE(at) === AT_PAGESZ) return Number(vector.readBigUInt64LE(at + 8))
  } catch {
    // No Linux: nothing is counted in pages there.
  }
  return USUAL
}
