import { asObject, asText, asTexts } from './json-value.ts'
import { selectKeys } from './select-keys.ts'

/** Labels of namespaces or of the node, by name. */
export interface LabelCache {
  /** The same object until the labels change. */
  get(name: string): Readonly<Record<string, string>> | undefined
  put(named: Named): void
  /** Its last pods still have lines to be read: the labels stay until room is needed. */
  delete(name: string): void
  replace(all: readonly Named[]): void
  entries(): Record<string, Readonly<Record<string, string>>>
  readonly changes: number
}

export interface Named {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
}

/** A cluster with more namespaces than this has labels for the first ones; those that are deleted make room. */
const MAX_NAMES = 5000

/** From any object's metadata; nothing where the name is missing. */
export const namedLabels = (object: unknown, include: readonly string[]): Named => {
  const metadata = asObject(asObject(object).metadata)
  return { name: asText(metadata.name) ?? '', labels: selectKeys(asTexts(metadata.labels), { include, exclude: [] }) }
}

export const createLabelCache = (
  saved: Readonly<Record<string, Readonly<Record<string, string>>>>,
  maxNames = MAX_NAMES,
): LabelCache => {
  const known = new Map(Object.entries(saved))
  const deleted = new Set<string>()
  let changes = 0
  const hasRoom = (): boolean => {
    const [oldest] = deleted
    if (known.size >= maxNames && oldest !== undefined) {
      deleted.delete(oldest)
      known.delete(oldest)
    }
    return known.size < maxNames
  }
  const put = ({ name, labels }: Named): void => {
    deleted.delete(name)
    const before = known.get(name)
    if (name === '' || (before === undefined && !hasRoom())) return
    if (before !== undefined && JSON.stringify(before) === JSON.stringify(labels)) return
    known.set(name, labels)
    changes += 1
  }
  const remove = (name: string): void => {
    if (known.has(name)) deleted.add(name)
  }
  return {
    get: (name) => known.get(name),
    put,
    delete: remove,
    replace: (all) => {
      const present = new Set(all.map((one) => one.name))
      for (const name of known.keys()) if (!present.has(name)) remove(name)
      for (const one of all) put(one)
    },
    entries: () => Object.fromEntries(known),
    get changes() {
      return changes
    },
  }
}
