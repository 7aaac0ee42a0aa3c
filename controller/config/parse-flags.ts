import { parseArgs } from 'node:util'
import { nearest } from '../../lib/words/nearest.ts'
import { FLAGS, type FlagName, type FlagSpec } from './flags.ts'

/** What a user can get wrong on the command line; the message is a sentence without a full stop. */
export class UsageError extends Error {}

const NAMES = Object.keys(FLAGS)

const PARSE_OPTIONS = Object.fromEntries(
  Object.entries(FLAGS).map(([name, { value }]: [string, FlagSpec]) => [
    name,
    { type: value === undefined ? 'boolean' : 'string' } as const,
  ]),
)

interface Token {
  readonly name: string
  readonly rawName: string
  readonly value?: string | undefined
  readonly inlineValue?: boolean | undefined
}

const unknown = ({ name, rawName }: Token): UsageError => {
  const near = nearest(name, NAMES)
  const hint = near === undefined ? 'see picket-controller --help' : `did you mean --${near}?`
  return new UsageError(`there is no option ${rawName}; ${hint}`)
}

const switched = ({ rawName, value }: Token): string => {
  if (value === undefined) return 'true'
  if (value !== 'true' && value !== 'false') throw new UsageError(`${rawName} is true or false, not ${value}`)
  return value
}

const valued = ({ rawName, value, inlineValue }: Token, spec: FlagSpec): string => {
  if (value === undefined || (!inlineValue && value.startsWith('-')))
    throw new UsageError(`${rawName} needs a value: ${rawName} ${spec.value}`)
  return value
}

/** The text of every flag, by the command line or by default; of one that is given twice the last counts. Throws UsageError. */
export const parseFlags = (argv: readonly string[]): ReadonlyMap<FlagName, string> => {
  const texts = new Map(Object.entries(FLAGS).map(([name, { byDefault }]) => [name as FlagName, byDefault as string]))
  const { tokens } = parseArgs({
    args: [...argv],
    options: PARSE_OPTIONS,
    allowPositionals: true,
    strict: false,
    tokens: true,
  })
  for (const token of tokens) {
    if (token.kind === 'option-terminator') continue
    if (token.kind === 'positional')
      throw new UsageError(`picket-controller takes no arguments, found ${token.value}; see picket-controller --help`)
    if (!Object.hasOwn(FLAGS, token.name)) throw unknown(token)
    const spec: FlagSpec = FLAGS[token.name as FlagName]
    texts.set(token.name as FlagName, spec.value === undefined ? switched(token) : valued(token, spec))
  }
  return texts
}
