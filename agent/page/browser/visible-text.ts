/** Control characters, and those that turn the direction of what follows them: shown as what they are, obeyed by nobody. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069]/g

/** Colours of a terminal (ECMA-48, SGR) are noise here. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence begins with one
const COLOURS = /\u001b\[[\d;]*m/g

const shown = (character: string): string => {
  const code = character.charCodeAt(0)
  if (code < 32) return String.fromCharCode(0x2400 + code) // Unicode's pictures of control characters
  return `\\u${code.toString(16).padStart(4, '0')}`
}

export const visibleText = (text: string): string => text.replaceAll(COLOURS, '').replaceAll(HIDDEN, shown)
