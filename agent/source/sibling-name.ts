/**
 * Names that rotation gives to a plain file `<name>`: `<name>.N` (logrotate's default, savelog) and `<name>-YYYYMMDD[…]`
 * (logrotate's dateext), each perhaps with `.gz`. Pure.
 */

export interface SiblingName {
  readonly name: string
  readonly archive: boolean
  readonly kind: 'numbered' | 'dated'
  /** 'numbered': grows with age. */
  readonly number: number
  /** 'dated': sorts by time. */
  readonly date: string
}

const numbered = /^\.(\d{1,6})(\.gz)?$/
const dated = /^-(\d{8}(?:[-.]?\d{1,10})?)(\.gz)?$/

export const parseSiblingName = (liveName: string, name: string): SiblingName | undefined => {
  if (!name.startsWith(liveName)) return undefined
  const rest = name.slice(liveName.length)
  const byNumber = numbered.exec(rest)
  if (byNumber) {
    return { name, archive: byNumber[2] !== undefined, kind: 'numbered', number: Number(byNumber[1]), date: '' }
  }
  const byDate = dated.exec(rest)
  return byDate ? { name, archive: byDate[2] !== undefined, kind: 'dated', number: 0, date: byDate[1]! } : undefined
}

const suffix = /(?:\.\d{1,6}|-\d{8}(?:[-.]?\d{1,10})?)(?:\.gz)?$/

/** Names by the plain file that they may be the rotated files of. */
export const groupSiblings = (names: readonly string[]): Map<string, string[]> =>
  Map.groupBy(
    names.filter((name) => suffix.test(name)),
    (name) => name.replace(suffix, ''),
  )

/** Oldest first. Where both kinds are there (the configuration was changed), the dated ones are taken for the newer. */
export const compareSiblings = (a: SiblingName, b: SiblingName): number => {
  if (a.kind !== b.kind) return a.kind === 'numbered' ? -1 : 1
  if (a.kind === 'numbered' && a.number !== b.number) return b.number - a.number
  if (a.date !== b.date) return a.date < b.date ? -1 : 1
  return Number(a.archive) - Number(b.archive)
}

/** Files that a glob like `/var/log/*` takes in but which hold no lines. */
export const isCompressedName = (name: string): boolean => /\.(gz|xz|bz2|zst|lz4|Z)$/.test(name)
