import { parseArgs } from 'node:util'
import { nearest } from '../../lib/words/nearest.ts'

export interface CoverageCommand {
  readonly kind: 'coverage'
  /** undefined: every one. */
  readonly daemonSet: string | undefined
  /** undefined: all that may be read. */
  readonly namespace: string | undefined
  /** Of DaemonSets, as kubectl's -l; '' selects all. */
  readonly selector: string
  readonly output: 'table' | 'wide' | 'json'
  readonly onlyUncovered: boolean
  readonly watch: boolean
  readonly color: boolean
  readonly kubeconfig: string | undefined
  readonly context: string | undefined
}

export type CoverageArgs =
  | CoverageCommand
  | { readonly kind: 'help' }
  /** The command line is not understood: print the message to the standard error, exit with 2. */
  | { readonly kind: 'usage'; readonly message: string }

interface OptionSpec {
  /** undefined: it takes none. */
  readonly value: string | undefined
  readonly short?: string
  readonly help: string
}

export const COVERAGE_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  namespace: { value: 'NAME', short: 'n', help: 'only DaemonSets of this namespace (default: all of them)' },
  selector: { value: 'LABELS', short: 'l', help: 'only DaemonSets with these labels: app=picket,tier!=test' },
  output: { value: 'FORMAT', short: 'o', help: 'table (default), wide (rules and actions in full), or json' },
  uncovered: { value: undefined, help: 'only nodes that need a look: uncovered, misplaced, with two pods' },
  watch: { value: undefined, short: 'w', help: 'look again every 5 s until Ctrl-C' },
  kubeconfig: { value: 'FILE', help: 'default: KUBECONFIG, ~/.kube/config, then the pod’s service account' },
  context: { value: 'NAME', help: 'of the kubeconfig (default: its current one)' },
  'no-color': { value: undefined, help: 'no colours on a terminal; NO_COLOR does the same' },
  help: { value: undefined, short: 'h', help: 'this text' },
}

const PARSE = Object.fromEntries(
  Object.entries(COVERAGE_OPTIONS).map(([name, { value, short }]) => [
    name,
    { type: value === undefined ? 'boolean' : 'string', ...(short === undefined ? {} : { short }) } as const,
  ]),
)

/** What a user can get wrong; caught in parseCoverage. */
class UsageError extends Error {}

interface OptionToken {
  readonly name: string
  readonly rawName: string
  readonly value?: string | undefined
  readonly inlineValue?: boolean | undefined
}

const checkOption = ({ name, rawName, value, inlineValue }: OptionToken): void => {
  const spec = Object.hasOwn(COVERAGE_OPTIONS, name) ? COVERAGE_OPTIONS[name] : undefined
  if (!spec) {
    const near = nearest(name, Object.keys(COVERAGE_OPTIONS))
    throw new UsageError(
      `there is no option ${rawName}${near === undefined ? '; see picket-controller coverage --help' : `; did you mean --${near}?`}`,
    )
  }
  if (spec.value === undefined && value !== undefined) throw new UsageError(`${rawName} takes no value`)
  if (spec.value !== undefined && (value === undefined || value === '' || (!inlineValue && value.startsWith('-'))))
    throw new UsageError(`${rawName} needs a value: ${rawName} ${spec.value}`)
}

const FORMATS = ['table', 'wide', 'json'] as const

const commandOf = (argv: readonly string[]): CoverageArgs => {
  const options = { args: [...argv], options: PARSE, allowPositionals: true, strict: false, tokens: true } as const
  const { tokens, positionals } = parseArgs(options)
  const values = new Map<string, string>()
  for (const token of tokens) {
    if (token.kind !== 'option') continue
    checkOption(token)
    values.set(token.name, token.value ?? '')
  }
  if (values.has('help')) return { kind: 'help' }
  const [daemonSet, more] = positionals
  if (more !== undefined) throw new UsageError(`coverage takes one DaemonSet, found ${more} too`)
  const written = values.get('output') ?? 'table'
  const output = FORMATS.find((format) => format === written)
  if (!output) throw new UsageError(`--output is table, wide or json, not ${written}`)
  return {
    kind: 'coverage',
    daemonSet,
    namespace: values.get('namespace'),
    selector: values.get('selector') ?? '',
    output,
    onlyUncovered: values.has('uncovered'),
    watch: values.has('watch'),
    color: !values.has('no-color'),
    kubeconfig: values.get('kubeconfig'),
    context: values.get('context'),
  }
}

/** What follows `picket-controller coverage` → what is to be done. Pure; never throws. */
export const parseCoverage = (argv: readonly string[]): CoverageArgs => {
  try {
    return commandOf(argv)
  } catch (error) {
    if (error instanceof UsageError) return { kind: 'usage', message: error.message }
    throw error
  }
}
