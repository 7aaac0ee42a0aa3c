import { type OptionSpecs, readOptions, timeOf, type Usage, UsageError, understood } from './command-options.ts'

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
  /** How long every eligible node may take to be covered; undefined: what is now counts. */
  readonly waitMs: number | undefined
  readonly color: boolean
  readonly kubeconfig: string | undefined
  readonly context: string | undefined
}

export type CoverageArgs = CoverageCommand | { readonly kind: 'help' } | Usage

export const COVERAGE_OPTIONS: OptionSpecs = {
  namespace: { value: 'NAME', short: 'n', help: 'only DaemonSets of this namespace (default: all of them)' },
  selector: { value: 'LABELS', short: 'l', help: 'only DaemonSets with these labels: app=picket,tier!=test' },
  output: { value: 'FORMAT', short: 'o', help: 'table (default), wide (rules and actions in full), or json' },
  uncovered: { value: undefined, help: 'only nodes that need a look: uncovered, misplaced, with two pods' },
  watch: { value: undefined, short: 'w', help: 'look again every 5 s until Ctrl-C' },
  wait: {
    value: 'TIME',
    help: 'until every eligible node is covered, so long at most (5m); says what it sees at the end',
  },
  kubeconfig: { value: 'FILE', help: 'default: KUBECONFIG, ~/.kube/config, then the pod’s service account' },
  context: { value: 'NAME', help: 'of the kubeconfig (default: its current one)' },
  'no-color': { value: undefined, help: 'no colours on a terminal; NO_COLOR does the same' },
  help: { value: undefined, short: 'h', help: 'this text' },
}

const FORMATS = ['table', 'wide', 'json'] as const

const commandOf = (argv: readonly string[]): CoverageArgs => {
  const { values, positionals } = readOptions('coverage', COVERAGE_OPTIONS, argv)
  if (values.has('help')) return { kind: 'help' }
  const [daemonSet, more] = positionals
  if (more !== undefined) throw new UsageError(`coverage takes one DaemonSet, found ${more} too`)
  const written = values.get('output') ?? 'table'
  const output = FORMATS.find((format) => format === written)
  if (!output) throw new UsageError(`--output is table, wide or json, not ${written}`)
  const wait = values.get('wait')
  if (wait !== undefined && values.has('watch'))
    throw new UsageError('--wait ends by itself, and --watch never: take one of them')
  return {
    kind: 'coverage',
    daemonSet,
    namespace: values.get('namespace'),
    selector: values.get('selector') ?? '',
    output,
    onlyUncovered: values.has('uncovered'),
    watch: values.has('watch'),
    waitMs: wait === undefined ? undefined : timeOf('wait', wait),
    color: !values.has('no-color'),
    kubeconfig: values.get('kubeconfig'),
    context: values.get('context'),
  }
}

/** What follows `picket-controller coverage` → what is to be done. Pure; never throws. */
export const parseCoverage = (argv: readonly string[]): CoverageArgs => understood(() => commandOf(argv))
