/**
 * A credential that prints as `***`: in logs, in JSON, in template strings, in what node:util inspects, in errors that hold it.
 * Only `reveal()` gives it away, and it is called where the header is made.
 */
export interface Secret {
  /** The value as it is now. One that lives in a file is read again when the file has changed. */
  reveal(): string
  toString(): string
  toJSON(): string
}

/** How secret files are read. `stamp` changes whenever the file does, and is cheap (one stat); both throw where it cannot be read. */
export interface SecretFiles {
  stamp(path: string): string
  read(path: string): string
}

/** What is shown instead of a secret. */
export const HIDDEN = '***'

// https://nodejs.org/api/util.html#utilinspectcustom; the registered symbol spares the import.
const INSPECT = Symbol.for('nodejs.util.inspect.custom')

const opaque = (reveal: () => string): Secret => {
  const hidden = (): string => HIDDEN
  // Not enumerable: spreading, Object.entries and structuredClone find nothing either.
  return Object.freeze(
    Object.create(null, {
      reveal: { value: reveal },
      toString: { value: hidden },
      toJSON: { value: hidden },
      [Symbol.toPrimitive]: { value: hidden },
      [INSPECT]: { value: hidden },
    }) as Secret,
  )
}

export const inlineSecret = (value: string): Secret => opaque(() => value)

/** Kubernetes mounts and editors end files with a newline; no credential does. */
const trimmed = (text: string): string => text.replace(/\r?\n$/, '')

/**
 * A secret in a file. Throws where it cannot be read now; once it has been read, a file that is away for a moment (it is being
 * replaced) leaves the last value standing.
 */
export const fileSecret = (path: string, files: SecretFiles): Secret => {
  let stamp = files.stamp(path)
  let value = trimmed(files.read(path))
  const refresh = (): void => {
    const now = files.stamp(path)
    if (now === stamp) return
    const next = trimmed(files.read(path))
    // A writer that truncates first shows an empty file for a moment: not taken over, and looked at again next time.
    if (next === '') return
    value = next
    stamp = now
  }
  return opaque(() => {
    try {
      refresh()
    } catch {
      return value
    }
    return value
  })
}
