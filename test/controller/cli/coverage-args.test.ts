import assert from 'node:assert/strict'
import test from 'node:test'
import { parseCoverage } from '../../../controller/cli/coverage-args.ts'

const DEFAULTS = {
  kind: 'coverage',
  daemonSet: undefined,
  namespace: undefined,
  selector: '',
  output: 'table',
  onlyUncovered: false,
  watch: false,
  waitMs: undefined,
  color: true,
  kubeconfig: undefined,
  context: undefined,
}
const usage = (message: string) => ({ kind: 'usage', message })

const LINES: readonly (readonly [line: string, command: object])[] = [
  ['', DEFAULTS],
  ['picket', { ...DEFAULTS, daemonSet: 'picket' }],
  ['-n monitoring picket', { ...DEFAULTS, namespace: 'monitoring', daemonSet: 'picket' }],
  ['picket --namespace=monitoring', { ...DEFAULTS, namespace: 'monitoring', daemonSet: 'picket' }],
  ['-l app=picket,tier!=test -o json', { ...DEFAULTS, selector: 'app=picket,tier!=test', output: 'json' }],
  ['--output wide --uncovered -w', { ...DEFAULTS, output: 'wide', onlyUncovered: true, watch: true }],
  ['--kubeconfig /k --context c --no-color', { ...DEFAULTS, kubeconfig: '/k', context: 'c', color: false }],
  ['picket --wait 5m', { ...DEFAULTS, daemonSet: 'picket', waitMs: 300_000 }],
  ['--wait 5', usage('--wait is a time such as 30s, not 5; did you mean 5s?')],
  ['--wait 0', usage('--wait is a time such as 30s, not 0')],
  ['--wait 5m -w', usage('--wait ends by itself, and --watch never: take one of them')],
  ['--help', { kind: 'help' }],
  ['-h picket', { kind: 'help' }],
  ['picket other', usage('coverage takes one DaemonSet, found other too')],
  ['-o yaml', usage('--output is table, wide or json, not yaml')],
  ['--namspace x', usage('there is no option --namspace; did you mean --namespace?')],
  ['--takeover-after 3s', usage('there is no option --takeover-after; see picket-controller coverage --help')],
  ['--namespace', usage('--namespace needs a value: --namespace NAME')],
  ['--namespace --uncovered', usage('--namespace needs a value: --namespace NAME')],
  ['--uncovered=yes', usage('--uncovered takes no value')],
  ['-x', usage('there is no option -x; see picket-controller coverage --help')],
]
for (const [line, command] of LINES)
  test(`picket-controller coverage ${line}`, () =>
    assert.deepEqual(parseCoverage(line.split(' ').filter((word) => word !== '')), command))
