/**
 * What a message may do to a terminal: move the cursor, set the title, paste (C0, C1 and DEL; the escape character begins
 * all of it), and turn the direction of what follows (Unicode's bidirectional controls). Shown as what they are instead.
 * A lone surrogate half would be replaced by the encoder.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const harmful = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069]/g

const shown = (character: string): string => {
  const code = character.charCodeAt(0)
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
}

/** Newlines and tabs stay. */
export const harmless = (text: string): string => text.replaceAll(harmful, shown)
