import type { Place } from './mistake.ts'

/** A parsed document in which every value knows where it stands. */
export type Located = LocatedMap | LocatedList | LocatedScalar

export interface LocatedMap {
  readonly kind: 'map'
  readonly place: Place | undefined
  readonly entries: ReadonlyMap<string, LocatedEntry>
}

export interface LocatedEntry {
  /** Where the key stands. */
  readonly place: Place | undefined
  readonly value: Located
}

export interface LocatedList {
  readonly kind: 'list'
  readonly place: Place | undefined
  readonly items: readonly Located[]
}

export interface LocatedScalar {
  readonly kind: 'scalar'
  readonly place: Place | undefined
  readonly value: string | number | boolean | null
  /** As it was written, without quotes: `0644` for a number is kept as it is for an option that takes text. */
  readonly text: string
}

/** How people call what they wrote. */
export const describe = (node: Located): string => {
  if (node.kind === 'map') return 'a block of options'
  if (node.kind === 'list') return 'a list'
  if (node.value === null) return 'nothing'
  return typeof node.value === 'string' ? JSON.stringify(node.value) : node.text
}
