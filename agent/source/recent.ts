/** A map that forgets what nobody asked for between two turns: what is known of files that are gone does not pile up. */
export interface Recent<V> {
  get(key: string): V | undefined
  set(key: string, value: V): void
  turn(): void
  readonly size: number
}

export const createRecent = <V>(): Recent<V> => {
  let before = new Map<string, V>()
  let now = new Map<string, V>()
  return {
    get: (key) => {
      const value = now.get(key) ?? before.get(key)
      if (value !== undefined) now.set(key, value)
      return value
    },
    set: (key, value) => void now.set(key, value),
    turn: () => {
      before = now
      now = new Map()
    },
    get size() {
      return new Set([...before.keys(), ...now.keys()]).size
    },
  }
}
