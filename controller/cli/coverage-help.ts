import { optionLines } from './command-options.ts'
import { COVERAGE_OPTIONS } from './coverage-args.ts'

export const coverageHelp = (): string => `picket-controller coverage [DAEMONSET] [options]

Says for every node whether the DaemonSet is to run there and by which rule, whether it does, and else why, since when,
and what Picket did about it. It reads the cluster itself: no controller has to be running.

${optionLines(COVERAGE_OPTIONS)}
Exit codes: 0 every eligible node is covered; 1 some are not (with --wait: not in time), or there is no such DaemonSet;
2 the command line is not understood; 3 the API server cannot be reached, or does not answer what was asked.

What each reason means and what to do about it: docs/coverage.md.
`
