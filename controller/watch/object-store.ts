/** What a store can hold: told apart by uid, told old from new by version. */
export interface Stored {
  readonly uid: string
  readonly resourceVersion: string
}

/** An object as the watch showed it; `object` undefined: nothing of it is of interest. */
export interface Seen<T> extends Stored {
  readonly object: T | undefined
}

export type Change<T> =
  | { readonly kind: 'added'; readonly now: T }
  | { readonly kind: 'changed'; readonly before: T; readonly now: T }
  | { readonly kind: 'deleted'; readonly before: T }

export interface ObjectStore<T> {
  apply(type: 'ADDED' | 'MODIFIED' | 'DELETED', seen: Seen<T>): readonly Change<T>[]
  /** A new list: the same changes as if every event since the last one had been seen, the deletions first. */
  replace(all: readonly Seen<T>[]): readonly Change<T>[]
  values(): Iterable<T>
  /** Those for which the index named so says `key`. */
  indexed(index: string, key: string): Iterable<T>
  readonly size: number
}

/** undefined: the object is not in the index. */
export type Indexes<T> = Readonly<Record<string, (object: T) => string | undefined>>

export const createObjectStore = <T extends Stored>(indexes: Indexes<T>): ObjectStore<T> => {
  const objects = new Map<string, T>()
  const places = new Map(Object.keys(indexes).map((name) => [name, new Map<string, Map<string, T>>()]))

  const leave = (object: T): void => {
    objects.delete(object.uid)
    for (const [name, keys] of places) {
      const key = indexes[name]?.(object)
      const members = key === undefined ? undefined : keys.get(key)
      members?.delete(object.uid)
      if (key !== undefined && members?.size === 0) keys.delete(key)
    }
  }

  const enter = (object: T): void => {
    objects.set(object.uid, object)
    for (const [name, keys] of places) {
      const key = indexes[name]?.(object)
      if (key === undefined) continue
      const members = keys.get(key)
      if (members) members.set(object.uid, object)
      else keys.set(key, new Map([[object.uid, object]]))
    }
  }

  const remove = (uid: string): readonly Change<T>[] => {
    const before = objects.get(uid)
    if (!before) return []
    leave(before)
    return [{ kind: 'deleted', before }]
  }

  const put = (now: T): readonly Change<T>[] => {
    const before = objects.get(now.uid)
    if (before?.resourceVersion === now.resourceVersion) return []
    if (before) leave(before)
    enter(now)
    return before ? [{ kind: 'changed', before, now }] : [{ kind: 'added', now }]
  }

  const apply: ObjectStore<T>['apply'] = (type, { uid, object }) => {
    if (type !== 'DELETED' && object && uid !== '') return put(object)
    // The last state that a deletion shows, so that whoever looks at it sees labels and owner as they were then.
    const gone = remove(uid)
    return type === 'DELETED' && object && gone.length > 0 ? [{ kind: 'deleted', before: object }] : gone
  }

  const replace: ObjectStore<T>['replace'] = (all) => {
    const there = new Set(all.flatMap(({ uid, object }) => (object ? [uid] : [])))
    const gone = [...objects.keys()].filter((uid) => !there.has(uid)).flatMap(remove)
    return [...gone, ...all.flatMap(({ uid, object }) => (object && uid !== '' ? put(object) : []))]
  }

  return {
    apply,
    replace,
    values: () => objects.values(),
    indexed: (index, key) => places.get(index)?.get(key)?.values() ?? [],
    get size() {
      return objects.size
    },
  }
}
