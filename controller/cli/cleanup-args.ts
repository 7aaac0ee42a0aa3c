import { LEASE_NAME } from '../lead/lease-name.ts'
import { isTaintKey, STARTUP_TAINT_KEY } from '../taint/startup-taint-key.ts'
import {
  type OptionSpecs,
  optionLines,
  readOptions,
  timeOf,
  type Usage,
  UsageError,
  understood,
} from './command-options.ts'

export interface CleanupCommand {
  readonly kind: 'cleanup'
  readonly taintKey: string
  readonly leaseName: string
  /** undefined: that of the pod, or of the context. */
  readonly leaseNamespace: string | undefined
  readonly waitMs: number
  readonly dryRun: boolean
  readonly kubeconfig: string | undefined
  readonly context: string | undefined
}

const OPTIONS: OptionSpecs = {
  'startup-taint-key': { value: 'KEY', help: `of the startup taint (default ${STARTUP_TAINT_KEY})` },
  'lease-name': { value: 'NAME', help: `of the controllers’ Lease (default ${LEASE_NAME})` },
  'lease-namespace': {
    value: 'NAME',
    help: 'where it is, and probes (default: the namespace of the pod or of the context)',
  },
  wait: { value: 'TIME', help: 'how long a controller that still leads may take to end (default 1m)' },
  'dry-run': { value: undefined, help: 'say what would be done, and do nothing' },
  kubeconfig: { value: 'FILE', help: 'default: KUBECONFIG, ~/.kube/config, then the pod’s service account' },
  context: { value: 'NAME', help: 'of the kubeconfig (default: its current one)' },
  help: { value: undefined, short: 'h', help: 'this text' },
}

const commandOf = (argv: readonly string[]): CleanupCommand | { readonly kind: 'help' } => {
  const { values, positionals } = readOptions('cleanup', OPTIONS, argv)
  if (values.has('help')) return { kind: 'help' }
  if (positionals.length > 0) throw new UsageError(`cleanup takes no arguments, found ${positionals[0]}`)
  const taintKey = values.get('startup-taint-key') ?? STARTUP_TAINT_KEY
  if (!isTaintKey(taintKey)) throw new UsageError(`--startup-taint-key is the key of a taint, not ${taintKey}`)
  return {
    kind: 'cleanup',
    taintKey,
    leaseName: values.get('lease-name') ?? LEASE_NAME,
    leaseNamespace: values.get('lease-namespace'),
    waitMs: timeOf('wait', values.get('wait') ?? '1m'),
    dryRun: values.has('dry-run'),
    kubeconfig: values.get('kubeconfig'),
    context: values.get('context'),
  }
}

/** What follows `picket-controller cleanup` → what is to be done. Pure; never throws. */
export const parseCleanup = (argv: readonly string[]): CleanupCommand | { readonly kind: 'help' } | Usage =>
  understood(() => commandOf(argv))

export const cleanupHelp = (): string => `picket-controller cleanup [options]

For the end: takes the startup taint and its mark off every node, and deletes the controllers’ Lease and probes that were
left. First delete the controllers’ Deployment: while one of them leads it waits, and does nothing where it does not end.
One line for each thing; a second run finds nothing to do.

${optionLines(OPTIONS)}
Exit codes: 0 nothing is left; 1 something is, and the standard error says what; 2 the command line is not understood;
3 the API server cannot be reached, or refuses what was asked.
`
