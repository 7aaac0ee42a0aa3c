import { FLAGS, type FlagSpec } from './flags.ts'

const rowOf = ([name, { value, byDefault, about }]: [string, FlagSpec]): readonly [string, string] => {
  const shown = value === undefined || byDefault === '' ? '' : ` (default ${byDefault})`
  const on = value === undefined && byDefault === 'true' ? ' (default true)' : ''
  return [value === undefined ? `--${name}` : `--${name} ${value}`, `${about}${shown}${on}`]
}

/** What `--help` prints. */
export const helpText = (): string => {
  const rows = Object.entries(FLAGS).map(rowOf)
  const width = Math.max(...rows.map(([flag]) => flag.length))
  return [
    'Picket’s controller: an agent on every eligible node, and where there is none, why.',
    '',
    'Usage: picket-controller [OPTIONS]',
    '       picket-controller coverage [DAEMONSET] [OPTIONS]   a table of what is covered; see coverage --help',
    '       picket-controller cleanup [OPTIONS]                takes off what it put into the cluster; see cleanup --help',
    '',
    ...rows.map(([flag, about]) => `  ${flag.padEnd(width)}  ${about}`),
    '',
    'Exit codes: 0 ended by a signal, 1 a failure: the lease was lost, another DaemonSet controller works here,',
    'no access; 2 a command line that is not understood.',
    '',
  ].join('\n')
}
