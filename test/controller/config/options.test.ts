import assert from 'node:assert/strict'
import test from 'node:test'
import { FLAGS } from '../../../controller/config/flags.ts'
import { helpText } from '../../../controller/config/help.ts'
import { parseCommand } from '../../../controller/config/options.ts'

test('without any option it is the guard, with the times of client-go', () =>
  assert.deepEqual(parseCommand([]), {
    kind: 'run',
    options: {
      mode: 'guard',
      takeoverAfterMs: 30_000,
      namespace: undefined,
      selector: '',
      kubeconfig: undefined,
      context: undefined,
      leaderElect: true,
      lease: {
        name: 'picket-controller',
        namespace: undefined,
        durationMs: 15_000,
        renewDeadlineMs: 10_000,
        retryMs: 2_000,
      },
      probeMs: 10_000,
      listen: ':9466',
      metricsPerNode: false,
      limits: { perSecond: 20, burst: 30 },
      workers: 2,
      agents: { read: true, tokenFile: undefined, caFile: undefined, verify: true },
      startupTaint: { daemonSets: [], key: 'picket.dev/agent-not-ready', mode: 'bootstrap', backAfterMs: 60_000 },
      dryRun: false,
      logLevel: 'info',
    },
  }))

test('every option is taken', () => {
  const command = parseCommand([
    ...['--mode=primary', '--takeover-after', '1m', '--namespace=logging', '--selector=a=b,c in (d)', '--kubeconfig=k'],
    ...['--context=c', '--leader-elect=false', '--lease-name=l', '--lease-namespace=n', '--lease-duration=30s'],
    ...['--renew-deadline=20s', '--retry-period=4s', '--probe=off', '--listen=off', '--kube-api-qps=100'],
    ...['--kube-api-burst=200', '--workers=5', '--dry-run', '--metrics-per-node', '--log-level=debug'],
  ])
  assert.deepEqual(command, {
    kind: 'run',
    options: {
      mode: 'primary',
      takeoverAfterMs: 60_000,
      namespace: 'logging',
      selector: 'a=b,c in (d)',
      kubeconfig: 'k',
      context: 'c',
      leaderElect: false,
      lease: { name: 'l', namespace: 'n', durationMs: 30_000, renewDeadlineMs: 20_000, retryMs: 4_000 },
      probeMs: undefined,
      listen: 'off',
      metricsPerNode: true,
      limits: { perSecond: 100, burst: 200 },
      workers: 5,
      agents: { read: true, tokenFile: undefined, caFile: undefined, verify: true },
      startupTaint: { daemonSets: [], key: 'picket.dev/agent-not-ready', mode: 'bootstrap', backAfterMs: 60_000 },
      dryRun: true,
      logLevel: 'debug',
    },
  })
})

const mistakes: [argv: string[], message: string][] = [
  [['--modee=primary'], 'there is no option --modee; did you mean --mode?'],
  [['--kube_api_qps', '5'], 'there is no option --kube_api_qps; did you mean --kube-api-qps?'],
  [['--verbose'], 'there is no option --verbose; see picket-controller --help'],
  [['primary'], 'picket-controller takes no arguments, found primary; see picket-controller --help'],
  [['--mode'], '--mode needs a value: --mode guard|primary'],
  [['--mode', '--dry-run'], '--mode needs a value: --mode guard|primary'],
  [['--mode=both'], '--mode is guard or primary, not both'],
  [['--dry-run=maybe'], '--dry-run is true or false, not maybe'],
  [['--takeover-after=4s'], '--takeover-after is a time from 5s to 1h, not 4s'],
  [['--takeover-after=30'], '--takeover-after is a time such as 30s, not 30; did you mean 30s?'],
  [['--namespace=Logging'], '--namespace is the name of an object in the cluster, not Logging'],
  [['--lease-name='], '--lease-name must not be empty'],
  [['--lease-duration=10s'], '--lease-duration must be longer than --renew-deadline: else two could lead at once'],
  [['--retry-period=9s'], '--renew-deadline must be longer than 1.2 × --retry-period'],
  [['--workers=0'], '--workers is a whole number from 1 to 100, not 0'],
  [['--kube-api-qps=1.5'], '--kube-api-qps is a whole number from 1 to 100000, not 1.5'],
  [
    ['--listen=nowhere'],
    '--listen: cannot listen on "nowhere": expected host:port, [IPv6 address]:port, :port or off, with a port from 0 to 65535',
  ],
  [['--log-level=loud'], '--log-level is debug or info or warn or error, not loud'],
]

for (const [argv, message] of mistakes)
  test(`a mistake is said in a sentence: ${argv.join(' ')}`, () =>
    assert.deepEqual(parseCommand(argv), { kind: 'usage', message }))

test('the help has every option', () => {
  const text = helpText()
  assert.deepEqual(
    Object.keys(FLAGS).filter((name) => !text.includes(`--${name} `)),
    [],
  )
  assert.deepEqual(parseCommand(['--help', '--mode=x']), { kind: 'help' })
})
