import { DISTANCE_LENGTHS, LITERAL_LENGTHS } from './deflate-lengths.generated.ts'

/** A code as the kernel takes it: its bits, the first one lowest, and how many there are. */
type Code = number

/** The most that a literal's or length's code may have: assembly/deflate.ts writes four at once. */
export const MAX_LITERAL_BITS = 13

const LENGTH_CODES = 29
const LONGEST = 258

export interface DeflateTables {
  /** By symbol: 256 literals and the end of the block. */
  readonly literals: Uint32Array
  /** By length of a match, 3 to 258, with its extra bits. */
  readonly lengths: Uint32Array
  /** By symbol, without extra bits. */
  readonly distances: Uint32Array
  /** What comes before the first symbol: gzip's header and the block's, in whole bytes, … */
  readonly header: Uint8Array
  /** … and the bits that are left over. */
  readonly headerRest: number
  readonly headerRestBits: number
}

/** One set of Huffman codes serves all bodies; the lengths are from a workload (scripts/deflate-lengths.mjs), each symbol has one. */
export const deflateTables = (literal = LITERAL_LENGTHS, distance = DISTANCE_LENGTHS): DeflateTables => {
  const literalLengths = [...literal].map((digit) => Number.parseInt(digit, 16))
  const distanceLengths = [...distance].map((digit) => Number.parseInt(digit, 16))
  const literals = canonicalCodes(literalLengths)
  return {
    literals: literals.slice(0, 257),
    lengths: Uint32Array.from({ length: LONGEST + 1 }, (_, n) => (n < 3 ? 0 : lengthCode(n, literals))),
    distances: canonicalCodes(distanceLengths),
    ...headerOf([...literalLengths, ...distanceLengths]),
  }
}

const pack = (bits: number, count: number): Code => ((count << 24) | bits) >>> 0

const reversed = (bits: number, count: number): number => {
  let out = 0
  for (let i = 0; i < count; i++) out |= ((bits >> i) & 1) << (count - 1 - i)
  return out
}

/** RFC 1951 3.2.2: codes of a length in the order of their symbols, shorter ones first. */
const canonicalCodes = (lengths: readonly number[]): Uint32Array => {
  const codes = new Uint32Array(lengths.length)
  let next = 0
  for (let count = 1; count <= 15; count++) {
    lengths.forEach((length, symbol) => {
      if (length === count) codes[symbol] = pack(reversed(next++, count), count)
    })
    next <<= 1
  }
  return codes
}

/** RFC 1951 3.2.5: the first length of each code, and its extra bits. */
const extraBits = (code: number): number => (code < 8 || code === LENGTH_CODES - 1 ? 0 : (code >> 2) - 1)

const firstLengths: readonly number[] = (() => {
  const first: number[] = []
  for (let code = 0, next = 3; code < LENGTH_CODES - 1; next += 1 << extraBits(code++)) first.push(next)
  return [...first, LONGEST]
})()

const lengthCode = (n: number, literals: Uint32Array): Code => {
  const code = firstLengths.findLastIndex((first) => first <= n)
  const symbol = literals[257 + code]!
  const count = symbol >>> 24
  return pack((symbol & 0xffffff) | ((n - firstLengths[code]!) << count), count + extraBits(code))
}

/** Magic, deflate, no flags, no time, no extra flags, unknown system (RFC 1952). */
const GZIP_HEADER = [31, 139, 8, 0, 0, 0, 0, 0, 0, 255]

/** RFC 1951 3.2.7: the order in which the lengths of the code length code come. */
const CODE_LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

/** One final block with its own codes; their lengths as they are, four bits each: 160 bytes of a body of tens of thousands. */
const headerOf = (lengths: readonly number[]): Pick<DeflateTables, 'header' | 'headerRest' | 'headerRestBits'> => {
  const bytes = [...GZIP_HEADER]
  let rest = 0
  let restBits = 0
  const put = (bits: number, count: number): void => {
    rest |= bits << restBits
    for (restBits += count; restBits >= 8; restBits -= 8, rest >>= 8) bytes.push(rest & 255)
  }
  put(1, 1)
  put(2, 2)
  put(286 - 257, 5)
  put(30 - 1, 5)
  put(CODE_LENGTH_ORDER.length - 4, 4)
  for (const symbol of CODE_LENGTH_ORDER) put(symbol > 15 ? 0 : 4, 3)
  for (const length of lengths) put(reversed(length, 4), 4)
  return { header: Uint8Array.from(bytes), headerRest: rest, headerRestBits: restBits }
}
