/** A place in the text of the configuration; both count from 1. */
export interface Place {
  readonly line: number
  readonly column: number
}

/** One thing that is wrong with a configuration. Holds no secret: whoever makes one leaves `found` out where the value may be one. */
export interface Mistake {
  /** `outputs.search.compression`, `outputs.search.hosts[0]`; empty: the configuration as a whole. */
  readonly path: string
  readonly place: Place | undefined
  /** One sentence without a full stop. */
  readonly problem: string
  /** What stands there, as it was written. */
  readonly found: string | undefined
  /** What may stand there. */
  readonly allowed: string | undefined
  /** What to write instead. */
  readonly suggestion: string | undefined
  /** The rest of the line may be a secret: excerpts end at the column. */
  readonly secret: boolean
}

export type MistakeDetails = Partial<Pick<Mistake, 'found' | 'allowed' | 'suggestion' | 'secret'>>

export const mistake = (
  path: string,
  place: Place | undefined,
  problem: string,
  details: MistakeDetails = {},
): Mistake => ({
  path,
  place,
  problem,
  found: details.found,
  allowed: details.allowed,
  suggestion: details.suggestion,
  secret: details.secret ?? false,
})

export const childPath = (path: string, key: string | number): string => {
  if (typeof key === 'number') return `${path}[${key}]`
  const name = /^[\w-]+$/.test(key) ? key : `[${JSON.stringify(key)}]`
  return path === '' || name.startsWith('[') ? `${path}${name}` : `${path}.${name}`
}

/** Reading order: a mistake without a place comes last. */
export const byPlace = (a: Mistake, b: Mistake): number => {
  const far = { line: Number.MAX_SAFE_INTEGER, column: 0 }
  const [p, q] = [a.place ?? far, b.place ?? far]
  return p.line - q.line || p.column - q.column
}
