import { element } from './element.ts'

/** Beyond so many characters nobody looks for a mark, and patterns with asterisks take long. */
const LOOKED_AT = 2000

/** Non-overlapping ranges of all matches, in order. */
export const matchRanges = (text: string, patterns: readonly RegExp[]): readonly (readonly [number, number])[] => {
  const found = patterns
    .flatMap((pattern) => [...text.slice(0, LOOKED_AT).matchAll(pattern)])
    .filter(([all]) => all !== '')
    .map((match): [number, number] => [match.index, match.index + match[0].length])
    .sort((a, b) => a[0] - b[0] || b[1] - a[1])
  const merged: [number, number][] = []
  for (const [start, end] of found) {
    const last = merged.at(-1)
    if (last && start <= last[1]) last[1] = Math.max(last[1], end)
    else merged.push([start, end])
  }
  return merged
}

/** The text with what was searched for marked in it. */
export const markMatches = (into: HTMLElement, text: string, patterns: readonly RegExp[]): void => {
  let done = 0
  if (patterns.length > 0)
    for (const [start, end] of matchRanges(text, patterns)) {
      into.append(text.slice(done, start), element('mark', {}, text.slice(start, end)))
      done = end
    }
  into.append(text.slice(done))
}
