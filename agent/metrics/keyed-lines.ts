interface Line<Meaning> {
  readonly key: string
  readonly meaning: Meaning | undefined
}

/**
 * Reads files of lines `<key><separator><value>`, which have the same keys in the same places as long as the machine runs: what a key means is
 * asked once, and at every further reading a line of no meaning costs a comparison. Lines without the separator are handed to `odd`.
 */
export const createKeyedLines = <Meaning>(
  separator: string,
  meaningOf: (key: string, value: string) => Meaning | undefined,
  odd: (line: string) => void,
): ((text: string) => readonly (readonly [meaning: Meaning, value: string])[]) => {
  const known: Line<Meaning>[] = []
  const lineAt = (text: string, at: number, end: number, index: number): Line<Meaning> | undefined => {
    const before = known[index]
    if (before && text.startsWith(before.key, at) && text.startsWith(separator, at + before.key.length)) return before
    const stop = text.indexOf(separator, at)
    if (stop <= at || stop >= end) return undefined
    const key = text.slice(at, stop)
    const line = { key, meaning: meaningOf(key, text.slice(stop + separator.length, end)) }
    known[index] = line
    return line
  }
  return (text) => {
    const found: (readonly [Meaning, string])[] = []
    for (let at = 0, index = 0; at < text.length; index++) {
      const newline = text.indexOf('\n', at)
      const end = newline === -1 ? text.length : newline
      const line = lineAt(text, at, end, index)
      if (line?.meaning !== undefined)
        found.push([line.meaning, text.slice(at + line.key.length + separator.length, end)])
      else if (line === undefined && end > at) odd(text.slice(at, end))
      at = end + 1
    }
    known.length = Math.min(known.length, MOST_LINES)
    return found
  }
}

/** No kernel has so many; whatever writes more is not remembered. */
const MOST_LINES = 1024
