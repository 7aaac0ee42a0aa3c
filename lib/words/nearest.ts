/**
 * Edit distance with swapped neighbours (Damerau-Levenshtein, the variant that edits no substring twice): what people
 * mistype is one letter too many, too few, wrong, or two in the wrong order.
 */
export const editDistance = (a: string, b: string): number => {
  let before: number[] = []
  let above = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let cost = Math.min(above[j]! + 1, row[j - 1]! + 1, above[j - 1]! + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, before[j - 2]! + 1)
      row.push(cost)
    }
    before = above
    above = row
  }
  return above[b.length]!
}

/** Spelling only: case, and whether words are joined by `_`, `-`, a dot or a capital, are no difference. */
const plain = (word: string): string => word.replace(/[-_.\s]/g, '').toLowerCase()

/** The known word that was probably meant, or undefined where none is near: a third of the letters may be wrong. */
export const nearest = (word: string, known: Iterable<string>): string | undefined => {
  const wanted = plain(word).slice(0, 64)
  let best: string | undefined
  let bestDistance = Number.POSITIVE_INFINITY
  for (const candidate of known) {
    const distance = editDistance(wanted, plain(candidate))
    const limit = Math.max(1, Math.floor(Math.max(wanted.length, candidate.length) / 3))
    if (distance <= limit && distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}
