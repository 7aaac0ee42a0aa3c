const BACKSLASH = 92
const HEX = Buffer.from('0123456789abcdef')

/** The letter behind the backslash where JSON has one that we use. */
const shortEscape = (byte: number): number | undefined => {
  if (byte === 34 || byte === BACKSLASH) return byte
  if (byte === 9) return 116
  return byte === 13 ? 114 : undefined
}

/** How many bytes each byte grows by inside a JSON string (RFC 8259 section 7): \" \\ \t \r, and \u00XX for other controls. */
const GROWTH = Uint8Array.from({ length: 256 }, (_, byte) => (shortEscape(byte) !== undefined ? 1 : byte < 32 ? 5 : 0))

/** Bytes that `content` takes once escaped. */
export const escapedLength = (content: Uint8Array): number => {
  let length = content.length
  for (let i = 0; i < content.length; i++) length += GROWTH[content[i]!]!
  return length
}

/** Writes `content` escaped for JSON, byte by byte (bytes above 127 stay as they are); returns the end. */
export const writeEscaped = (target: Uint8Array, at: number, content: Uint8Array): number => {
  let to = at
  for (let i = 0; i < content.length; i++) {
    const byte = content[i]!
    if (GROWTH[byte] === 0) target[to++] = byte
    else to = writeEscape(target, to, byte)
  }
  return to
}

const writeEscape = (target: Uint8Array, at: number, byte: number): number => {
  const short = shortEscape(byte)
  target[at] = BACKSLASH
  target[at + 1] = short ?? 117
  if (short !== undefined) return at + 2
  target[at + 2] = 48
  target[at + 3] = 48
  target[at + 4] = HEX[byte >> 4]!
  target[at + 5] = HEX[byte & 15]!
  return at + 6
}

/** Whether escaped text ends in an escaped carriage return (and not in an escaped backslash and an r). */
export const endsInEscapedReturn = (escaped: Uint8Array): boolean => {
  if (escaped.at(-1) !== 114) return false
  let slashes = 0
  while (escaped[escaped.length - 2 - slashes] === BACKSLASH) slashes++
  return slashes % 2 === 1
}
