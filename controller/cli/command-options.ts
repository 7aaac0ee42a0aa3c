import { parseArgs } from 'node:util'
import { durationHint, parseDuration } from '../../lib/words/duration.ts'
import { nearest } from '../../lib/words/nearest.ts'

export interface OptionSpec {
  /** What stands for its value in the help; undefined: it takes none. */
  readonly value: string | undefined
  readonly short?: string
  readonly help: string
}

export type OptionSpecs = Readonly<Record<string, OptionSpec>>

/** A command's line is not understood: print the message to the standard error, exit with 2. */
export interface Usage {
  readonly kind: 'usage'
  readonly message: string
}

/** What a user can get wrong; caught in `understood`. */
export class UsageError extends Error {}

export interface GivenOptions {
  /** By name; '' for one that takes no value. */
  readonly values: ReadonlyMap<string, string>
  readonly positionals: readonly string[]
}

interface OptionToken {
  readonly name: string
  readonly rawName: string
  readonly value?: string | undefined
  readonly inlineValue?: boolean | undefined
}

const check = (command: string, specs: OptionSpecs, { name, rawName, value, inlineValue }: OptionToken): void => {
  const spec = Object.hasOwn(specs, name) ? specs[name] : undefined
  if (!spec) {
    const near = nearest(name, Object.keys(specs))
    throw new UsageError(
      `there is no option ${rawName}${near === undefined ? `; see picket-controller ${command} --help` : `; did you mean --${near}?`}`,
    )
  }
  if (spec.value === undefined && value !== undefined) throw new UsageError(`${rawName} takes no value`)
  if (spec.value !== undefined && (value === undefined || value === '' || (!inlineValue && value.startsWith('-'))))
    throw new UsageError(`${rawName} needs a value: ${rawName} ${spec.value}`)
}

/** Throws UsageError. Of an option that is given twice the last counts. */
export const readOptions = (command: string, specs: OptionSpecs, argv: readonly string[]): GivenOptions => {
  const options = Object.fromEntries(
    Object.entries(specs).map(([name, { value, short }]) => [
      name,
      { type: value === undefined ? 'boolean' : 'string', ...(short === undefined ? {} : { short }) } as const,
    ]),
  )
  const { tokens, positionals } = parseArgs({
    args: [...argv],
    options,
    allowPositionals: true,
    strict: false,
    tokens: true,
  })
  const values = new Map<string, string>()
  for (const token of tokens) {
    if (token.kind !== 'option') continue
    check(command, specs, token)
    values.set(token.name, token.value ?? '')
  }
  return { values, positionals }
}

/** Throws UsageError. */
export const timeOf = (name: string, text: string): number => {
  const ms = parseDuration(text)
  if (ms !== undefined && ms > 0) return ms
  const hint = ms === undefined ? durationHint(text) : undefined
  throw new UsageError(
    `--${name} is a time such as 30s, not ${text}${hint === undefined ? '' : `; did you mean ${hint}?`}`,
  )
}

/** What a command makes of its line, or what is wrong with it. */
export const understood = <T>(read: () => T): T | Usage => {
  try {
    return read()
  } catch (error) {
    if (error instanceof UsageError) return { kind: 'usage', message: error.message }
    throw error
  }
}

/** For --help. */
export const optionLines = (specs: OptionSpecs): string => {
  const rows = Object.entries(specs).map(([name, { value, short, help }]) => {
    const names = `${short === undefined ? '    ' : `-${short}, `}--${name}`
    return [value === undefined ? names : `${names} ${value}`, help] as const
  })
  const width = Math.max(...rows.map(([names]) => names.length))
  return rows.map(([names, help]) => `  ${names.padEnd(width)}  ${help}\n`).join('')
}
