import { COVERAGE_OPTIONS } from './coverage-args.ts'

const optionLines = (): string => {
  const rows = Object.entries(COVERAGE_OPTIONS).map(([name, { value, short, help }]) => {
    const names = `${short === undefined ? '    ' : `-${short}, `}--${name}`
    return [value === undefined ? names : `${names} ${value}`, help] as const
  })
  const width = Math.max(...rows.map(([names]) => names.length))
  return rows.map(([names, help]) => `  ${names.padEnd(width)}  ${help}\n`).join('')
}

export const coverageHelp = (): string => `picket-controller coverage [DAEMONSET] [options]

Says for every node whether the DaemonSet is to run there and by which rule, whether it does, and else why, since when,
and what Picket did about it. It reads the cluster itself: no controller has to be running.

${optionLines()}
Exit codes: 0 every eligible node is covered; 1 some are not, or there is no such DaemonSet; 2 the command line is not
understood; 3 the API server cannot be reached, or does not answer what was asked.

What each reason means and what to do about it: docs/coverage.md.
`
