import { isUtf8 } from 'node:buffer'

/** How many bytes at the end begin a character that does not fit any more: 0 to 3. */
export const incompleteTail = (bytes: Uint8Array): number => {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!
    if (byte < 0x80) return 0
    if (byte >= 0xc0) return sequenceLength(byte) > back ? back : 0
  }
  return 0
}

/** Of a lead byte; 0 for bytes that begin nothing (RFC 3629). */
const sequenceLength = (lead: number): number => {
  if (lead < 0xc2 || lead > 0xf4) return 0
  return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
}

/** The same text with U+FFFD for what is not UTF-8, as the WHATWG decoder puts it; the same array where all is well. */
export const replaceInvalid = (bytes: Uint8Array): Uint8Array =>
  isUtf8(bytes)
    ? bytes
    : Buffer.from(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8'), 'utf8')
