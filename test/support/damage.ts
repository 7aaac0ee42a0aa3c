import fc from 'fast-check'

/** What a disk, a crash or a human does to a file. Places are shares of its length, so that one arbitrary serves files of any length. */
export type Damage =
  | { readonly kind: 'flip'; readonly at: number; readonly bit: number }
  | { readonly kind: 'cut'; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: 'insert'; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: 'zero' | 'remove' | 'double'; readonly at: number; readonly length: number }

const share = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })

export const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc.record({ kind: fc.constant('flip' as const), at: share, bit: fc.nat(7) }),
  fc.record({
    kind: fc.constantFrom('cut' as const, 'insert' as const),
    at: share,
    bytes: fc.uint8Array({ maxLength: 40 }),
  }),
  fc.record({
    kind: fc.constantFrom('zero' as const, 'remove' as const, 'double' as const),
    at: share,
    length: fc.integer({ min: 1, max: 600 }),
  }),
)

/** The file afterwards; may be as it was, where zeros hit zeros. */
export const damaged = (file: Uint8Array, what: Damage): Buffer => {
  const at = Math.floor(what.at * file.length)
  const [before, behind] = [file.subarray(0, at), file.subarray(at)]
  if (what.kind === 'cut') return Buffer.concat([before, what.bytes])
  if (what.kind === 'insert') return Buffer.concat([before, what.bytes, behind])
  if (what.kind === 'flip') {
    const flipped = Buffer.from(file)
    if (at < flipped.length) flipped[at]! ^= 1 << what.bit
    return flipped
  }
  const piece = behind.subarray(0, what.length)
  const rest = behind.subarray(piece.length)
  if (what.kind === 'zero') return Buffer.concat([before, Buffer.alloc(piece.length), rest])
  return Buffer.concat(what.kind === 'remove' ? [before, rest] : [before, piece, piece, rest])
}
