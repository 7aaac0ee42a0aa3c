export type Environment = Readonly<Record<string, string | undefined>>

export interface Interpolated {
  readonly text: string
  /** true: a part of it came from the environment. */
  readonly changed: boolean
  /** Variables without a value and without a default. */
  readonly missing: readonly string[]
  /** Pieces that look like a reference and are none, such as `${my var}`. */
  readonly malformed: readonly string[]
}

// `$${` stands for `${` itself. The default ends at the first brace: references do not nest.
const REFERENCE = /\$\$\{|\$\{([^}]*)(\}|$)/g
const NAME = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s

/**
 * `${VAR}` and `${VAR:-default}`, as in a shell: the default stands in where the variable is unset or empty. It works on the
 * values of the parsed document, so that what a variable holds can never become structure.
 */
export const interpolate = (template: string, environment: Environment): Interpolated => {
  const missing: string[] = []
  const malformed: string[] = []
  let changed = false
  const text = template.replace(REFERENCE, (whole: string, inner: string | undefined, end: string | undefined) => {
    changed = true
    if (inner === undefined) return '${'
    const [, name, standIn] = (end === '}' && NAME.exec(inner)) || []
    if (name === undefined) {
      malformed.push(whole)
      return whole
    }
    const value = environment[name]
    if (standIn !== undefined && !value) return standIn
    if (value === undefined) missing.push(name)
    return value ?? ''
  })
  return { text, changed, missing, malformed }
}
