export interface LruCache<V> {
  get(key: string): V | undefined
  set(key: string, value: V): void
}

/** Holds `capacity` values; what was neither got nor set for the longest time goes first. A Map keeps the order of insertion. */
export const createLruCache = <V>(capacity: number): LruCache<V> => {
  const values = new Map<string, V>()
  const set = (key: string, value: V): void => {
    values.delete(key)
    values.set(key, value)
    if (values.size > capacity) for (const oldest of values.keys()) return void values.delete(oldest)
  }
  const get = (key: string): V | undefined => {
    const value = values.get(key)
    if (value !== undefined) set(key, value)
    return value
  }
  return { get, set }
}
