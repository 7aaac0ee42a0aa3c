import { parseArgs } from 'node:util'
import { nearest } from '../../lib/words/nearest.ts'
import type { RootFlags } from '../config/with-roots.ts'
import { COMMANDS, type CommandName, isCommand, OPTIONS, type OptionName, type OptionSpec } from './commands.ts'
import { type ElasticsearchCommand, elasticsearchCommand } from './elasticsearch-args.ts'
import { type Moment, parseMoment } from './moment.ts'
import { UsageError } from './usage-error.ts'

/** Which records of the store are wanted. The lists are globs; an empty list admits all. */
export interface Selectors {
  readonly query: string
  readonly namespaces: readonly string[]
  readonly pods: readonly string[]
  readonly containers: readonly string[]
}

/** Where the store is. */
interface StoreOptions {
  readonly config: string | undefined
  readonly stateDir: string | undefined
}

interface ShownAs {
  /** true: JSON lines whatever the standard output is. */
  readonly json: boolean
  /** false: no colours whatever the standard output is. */
  readonly color: boolean
}

export type Command =
  | ({ readonly kind: 'run'; readonly once: boolean; readonly roots: RootFlags } & StoreOptions)
  | { readonly kind: 'start'; readonly stateDir: string | undefined; readonly roots: RootFlags }
  | SearchCommand
  | TailCommand
  | AuditCommand
  | DeadLettersCommand
  | ElasticsearchCommand
  | ValidateCommand
  | { readonly kind: 'version' }
  | { readonly kind: 'help'; readonly topic: CommandName | undefined }
  /** The command line is not understood: print the message to the standard error, exit with 2. */
  | { readonly kind: 'usage'; readonly message: string }

export interface SearchCommand extends Selectors, StoreOptions, ShownAs {
  readonly kind: 'search'
  readonly since: Moment | undefined
  readonly until: Moment | undefined
  /** The newest so many. */
  readonly limit: number
  readonly order: 'asc' | 'desc'
}

export interface TailCommand extends Selectors, StoreOptions, ShownAs {
  readonly kind: 'tail'
  readonly since: Moment | undefined
}

export interface AuditCommand extends Omit<Selectors, 'query'>, StoreOptions, ShownAs {
  readonly kind: 'audit'
  readonly output: string | undefined
  readonly since: Moment | undefined
  readonly until: Moment | undefined
}

export interface DeadLettersCommand extends StoreOptions, ShownAs {
  readonly kind: 'dead-letters'
  readonly action: 'list' | 'show' | 'replay'
  /** Ids or their beginnings; empty: all. */
  readonly ids: readonly string[]
  readonly output: string | undefined
  readonly since: Moment | undefined
  readonly limit: number
  readonly dryRun: boolean
}

export interface ValidateCommand extends ShownAs {
  readonly kind: 'validate'
  readonly file: string
}

/** `process.argv.slice(2)` → what is to be done. Pure; never throws. */
export const parseCommand = (argv: readonly string[]): Command => {
  try {
    return commandOf(readArgs(argv))
  } catch (error) {
    if (error instanceof UsageError) return { kind: 'usage', message: error.message }
    throw error
  }
}

interface Args {
  /** As it was named; undefined: no command at all, which is `run`. */
  readonly named: CommandName | undefined
  readonly asksHelp: boolean
  /** What follows the command. */
  readonly words: readonly string[]
  readonly values: ReadonlyMap<OptionName, readonly string[]>
}

const PARSE_OPTIONS = Object.fromEntries(
  Object.entries(OPTIONS).map(([name, { value, short }]: [string, OptionSpec]) => [
    name,
    { type: value === undefined ? 'boolean' : 'string', multiple: true, ...(short ? { short } : {}) } as const,
  ]),
)

const readArgs = (argv: readonly string[]): Args => {
  const { tokens } = parseArgs({
    args: [...argv],
    options: PARSE_OPTIONS,
    allowPositionals: true,
    strict: false,
    tokens: true,
  })
  const positionals = tokens.filter((token) => token.kind === 'positional').map(({ value }) => value)
  for (const token of tokens) if (token.kind === 'option') refuseUnknown(token)
  const asksHelp = positionals[0] === 'help'
  const [word, ...words] = asksHelp ? positionals.slice(1) : positionals
  const named = word === undefined ? undefined : commandName(word)
  const values = new Map<OptionName, string[]>()
  for (const token of tokens) {
    if (token.kind !== 'option') continue
    const [name, value] = optionOf(token, named ?? 'run')
    values.set(name, [...(values.get(name) ?? []), value])
  }
  return { named, asksHelp: asksHelp || values.has('help'), words, values }
}

const commandName = (word: string): CommandName => {
  if (isCommand(word)) return word
  throw new UsageError(`there is no command ${word}${hint(word, Object.keys(COMMANDS), '')}`)
}

const hint = (word: string, known: readonly string[], prefix: string): string => {
  const near = nearest(word, known)
  return near === undefined ? '; see picket --help' : `; did you mean ${prefix}${near}?`
}

/** Before the command is looked at: the value of a mistyped option would be taken for a command. */
const refuseUnknown = ({ name, rawName }: OptionToken): void => {
  if (!Object.hasOwn(OPTIONS, name)) {
    throw new UsageError(`there is no option ${rawName}${hint(name, Object.keys(OPTIONS), '--')}`)
  }
}

interface OptionToken {
  readonly name: string
  readonly rawName: string
  readonly value?: string | undefined
  readonly inlineValue?: boolean | undefined
}

const optionOf = ({ name, rawName, value, inlineValue }: OptionToken, command: CommandName): [OptionName, string] => {
  const known: readonly string[] = COMMANDS[command].options
  if (!known.includes(name) && name !== 'version') {
    throw new UsageError(`${rawName} is not an option of ${command}${hint(name, known, '--')}`)
  }
  const spec: OptionSpec = OPTIONS[name as OptionName]
  if (spec.value === undefined && value !== undefined) throw new UsageError(`${rawName} takes no value`)
  if (spec.value !== undefined && (value === undefined || value === '' || (!inlineValue && value.startsWith('-')))) {
    throw new UsageError(`${rawName} needs a value: ${rawName} ${spec.value}`)
  }
  return [name as OptionName, value ?? '']
}

const commandOf = (args: Args): Command => {
  if (args.asksHelp) return { kind: 'help', topic: args.named }
  if (args.values.has('version')) return { kind: 'version' }
  switch (args.named ?? 'run') {
    case 'run':
      noWords(args)
      return { kind: 'run', once: args.values.has('once'), roots: rootFlags(args), ...storeOptions(args) }
    case 'start':
      noWords(args)
      return { kind: 'start', stateDir: last(args, 'state-dir'), roots: rootFlags(args) }
    case 'search':
      return searchCommand(args)
    case 'tail':
      return {
        kind: 'tail',
        since: momentOf(args, 'since'),
        ...selectors(args),
        ...storeOptions(args),
        ...shownAs(args),
      }
    case 'audit':
      noWords(args)
      return {
        kind: 'audit',
        output: last(args, 'output'),
        since: momentOf(args, 'since'),
        until: momentOf(args, 'until'),
        ...origins(args),
        ...storeOptions(args),
        ...shownAs(args),
      }
    case 'dead-letters':
      return deadLettersCommand(args)
    case 'elasticsearch':
      return elasticsearchCommand(args.words, (name) => last(args, name))
    case 'validate':
      return { kind: 'validate', file: oneFile(args), ...shownAs(args) }
  }
}

const searchCommand = (args: Args): SearchCommand => {
  const order = last(args, 'order') ?? 'asc'
  if (order !== 'asc' && order !== 'desc') throw new UsageError(`--order is asc or desc, not ${order}`)
  return {
    kind: 'search',
    since: momentOf(args, 'since'),
    until: momentOf(args, 'until'),
    limit: limitOf(args),
    order,
    ...selectors(args),
    ...storeOptions(args),
    ...shownAs(args),
  }
}

const limitOf = (args: Args): number => {
  const limit = last(args, 'limit') ?? '1000'
  if (!/^[1-9]\d{0,8}$/.test(limit)) throw new UsageError(`--limit is a number from 1 to 999999999, not ${limit}`)
  return Number(limit)
}

const ACTIONS = ['list', 'show', 'replay'] as const
/** What only some of the actions take. */
const ACTION_OPTIONS = { limit: ['list'], since: ['list', 'replay'], all: ['replay'], 'dry-run': ['replay'] } as const

const deadLettersCommand = (args: Args): DeadLettersCommand => {
  const [word = 'nothing', ...ids] = args.words
  const action = ACTIONS.find((known) => known === word)
  if (!action) throw new UsageError(`dead-letters is followed by list, show or replay, not ${word}`)
  for (const [name, actions] of Object.entries(ACTION_OPTIONS)) {
    const known: readonly string[] = actions
    if (args.values.has(name as OptionName) && !known.includes(action))
      throw new UsageError(`--${name} is not an option of dead-letters ${action}`)
  }
  checkIds(action, ids, args.values.has('all'))
  return {
    kind: 'dead-letters',
    action,
    ids,
    output: last(args, 'output'),
    since: momentOf(args, 'since'),
    limit: limitOf(args),
    dryRun: args.values.has('dry-run'),
    ...storeOptions(args),
    ...shownAs(args),
  }
}

const checkIds = (action: DeadLettersCommand['action'], ids: readonly string[], all: boolean): void => {
  const odd = ids.find((id) => !/^[0-9a-f]{4,12}$/.test(id))
  if (odd !== undefined)
    throw new UsageError(`${odd} is no id: 4 to 12 of 0-9 and a-f, as dead-letters list shows them`)
  if (action === 'list' && ids.length > 0) throw new UsageError('dead-letters list takes no ids; show does')
  if (action === 'show' && ids.length === 0) throw new UsageError('dead-letters show needs an id')
  if (action === 'replay' && all === ids.length > 0) throw new UsageError('dead-letters replay needs ids, or --all')
}

/** Of an option that is given more than once, the last one counts. */
const last = (args: Args, name: OptionName): string | undefined => args.values.get(name)?.at(-1)

const noWords = ({ words, named }: Args): void => {
  if (words.length > 0)
    throw new UsageError(`${named ?? 'run'} takes no arguments, found ${words[0]}; see picket --help`)
}

const oneFile = ({ words }: Args): string => {
  const [file, more] = words
  if (file === undefined) throw new UsageError('validate needs a file: picket validate FILE')
  if (more !== undefined) throw new UsageError(`validate takes one file, found ${more} too`)
  return file
}

const momentOf = (args: Args, name: 'since' | 'until'): Moment | undefined => {
  const written = last(args, name)
  if (written === undefined) return undefined
  const moment = parseMoment(written)
  if (moment === undefined)
    throw new UsageError(`--${name} is 10m, 2h, 3d, 2026-01-31 or 2026-01-31T12:00:00Z, not ${written}`)
  return moment
}

const selectors = (args: Args): Selectors => ({ query: args.words.join(' '), ...origins(args) })

const origins = ({ values }: Args): Omit<Selectors, 'query'> => ({
  namespaces: values.get('namespace') ?? [],
  pods: values.get('pod') ?? [],
  containers: values.get('container') ?? [],
})

const rootFlags = (args: Args): RootFlags => ({
  procfs: last(args, 'path.procfs'),
  sysfs: last(args, 'path.sysfs'),
  rootfs: last(args, 'path.rootfs'),
})

const storeOptions = (args: Args): StoreOptions => {
  const [config, stateDir] = [last(args, 'config'), last(args, 'state-dir')]
  if (config !== undefined && stateDir !== undefined) {
    throw new UsageError('--state-dir stands beside --config; a configuration names its own folder: state_dir')
  }
  return { config, stateDir }
}

const shownAs = ({ values }: Args): ShownAs => ({ json: values.has('json'), color: !values.has('no-color') })
