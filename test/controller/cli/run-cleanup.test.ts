import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { parseCleanup } from '../../../controller/cli/cleanup-args.ts'
import { runCleanup } from '../../../controller/cli/run-cleanup.ts'
import { type Clock, realClock } from '../../../lib/io/clock.ts'
import { createApiClient } from '../../../lib/kube/api-client.ts'
import type { KubeCredentials } from '../../../lib/kube/kube-config.ts'
import { createTokenBucket } from '../../../lib/kube/token-bucket.ts'
import { type FakeCluster, startFakeCluster } from '../fake-cluster.ts'

const KEY = 'picket.dev/agent-not-ready'
const MARK = 'picket.dev/startup-taint-removed'
const LEASES = '/apis/coordination.k8s.io/v1/namespaces/logging/leases'
const DAEMON_SETS = '/apis/apps/v1/namespaces/logging/daemonsets'
const OTHER = { key: 'gpu', effect: 'NoSchedule' }
const STAYS = /^stays: the agents’ state below \/var\/lib\/picket .*\nstays: how new nodes register .*\n$/

const start = async (t: TestContext): Promise<FakeCluster> => {
  const cluster = await startFakeCluster()
  t.after(cluster.close)
  const taint = { key: KEY, value: 'x', effect: 'NoSchedule' }
  const node = (name: string, annotations: object, taints: readonly object[]): void =>
    void cluster.create('/api/v1/nodes', { metadata: { name, annotations }, spec: { taints } })
  node('fresh', { other: 'a' }, [OTHER, taint, { key: KEY, effect: 'NoExecute' }])
  node('covered', { other: 'b', [MARK]: '2026-01-01T00:00:00Z' }, [OTHER])
  node('both', { [MARK]: '2026-01-01T00:00:00Z' }, [taint])
  node('strange', { other: 'c' }, [OTHER])
  cluster.create(DAEMON_SETS, { metadata: { name: 'picket-probe-1', labels: { 'picket.dev/probe': 'true' } } })
  cluster.create(DAEMON_SETS, { metadata: { name: 'agent', labels: {} } })
  return cluster
}

const lease = (cluster: FakeCluster, holderIdentity: string): void =>
  void cluster.create(LEASES, {
    metadata: { name: 'picket-controller' },
    spec: { holderIdentity, leaseDurationSeconds: 15 },
  })

/** Waits are not waited for; `slept` may change the world meanwhile. */
const hurried = (slept: (nowMs: number) => void): Clock => {
  let nowMs = 0
  const timers: { readonly atMs: number; readonly call: () => void }[] = []
  return {
    ...realClock,
    monotonic: () => nowMs,
    after: (ms, call) => {
      const timer = { atMs: nowMs + ms, call }
      timers.push(timer)
      return () => void timers.splice(timers.indexOf(timer), timers.includes(timer) ? 1 : 0)
    },
    sleep: async (ms, signal) => {
      // Limits of requests are real: a server on this machine answers.
      if (ms >= 5000 && ms !== 8000) return realClock.sleep(ms, signal)
      await realClock.sleep(1, signal)
      nowMs += ms
      slept(nowMs)
      for (const timer of timers.filter(({ atMs }) => atMs <= nowMs)) {
        timers.splice(timers.indexOf(timer), 1)
        timer.call()
      }
    },
  }
}

const run = async (cluster: FakeCluster, argv: readonly string[] = [], slept: (nowMs: number) => void = () => {}) => {
  const command = parseCleanup(argv)
  if (command.kind !== 'cleanup') throw new Error(command.kind)
  let [out, said] = ['', '']
  const credentials: KubeCredentials = {
    server: cluster.url,
    context: 'lab',
    namespace: 'logging',
    options: async () => ({ headers: {} }),
    forget: () => {},
  }
  const limit = createTokenBucket({ perSecond: 1000, burst: 1000 }, realClock)
  const code = await runCleanup(command, {
    connect: () => {
      const client = createApiClient(credentials, { clock: realClock, limit, userAgent: 'test', answered: () => {} })
      return { client, namespace: 'logging', close: client.close }
    },
    clock: hurried(slept),
    random: () => 0,
    identity: 'cleanup_1',
    print: (text) => {
      out += text
    },
    say: (text) => {
      said += text
    },
    stop: new AbortController().signal,
  })
  return { code, out, said }
}

const nodesOf = (cluster: FakeCluster) =>
  cluster.all('nodes').map(({ metadata, spec }) => [metadata.name, metadata.annotations, spec?.taints])

const CLEAN = [
  ['fresh', { other: 'a' }, [OTHER, { key: KEY, effect: 'NoExecute' }]],
  ['covered', { other: 'b' }, [OTHER]],
  ['both', {}, []],
  ['strange', { other: 'c' }, [OTHER]],
]
const DID = [
  `node fresh: taint ${KEY}:NoSchedule taken off`,
  `node covered: annotation ${MARK} taken off`,
  `node both: taint ${KEY}:NoSchedule and annotation ${MARK} taken off`,
  'daemonset logging/picket-probe-1: deleted',
  'lease logging/picket-controller: deleted',
]

const lines = (out: string): readonly string[] =>
  out
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('stays: '))
    .sort()

test('taint and mark of every node, the probe and the Lease go, and nothing else', async (t) => {
  const cluster = await start(t)
  lease(cluster, '')
  const { code, out, said } = await run(cluster)
  assert.deepEqual([code, lines(out), said], [0, DID.toSorted(), ''])
  assert.deepEqual(nodesOf(cluster), CLEAN)
  assert.deepEqual(cluster.all('leases'), [])
  assert.deepEqual(
    cluster.all('daemonsets').map(({ metadata }) => metadata.name),
    ['agent'],
  )
})

test('a second run finds nothing to do, and says what stays', async (t) => {
  const cluster = await start(t)
  lease(cluster, '')
  await run(cluster)
  const before = cluster.writes.length
  const { code, out, said } = await run(cluster)
  assert.deepEqual([code, said, cluster.writes.length - before], [0, '', 0])
  assert.match(out.replace('nothing to do\n', ''), STAYS)
})

test('a dry run writes nothing', async (t) => {
  const cluster = await start(t)
  lease(cluster, 'controller_1')
  const { code, out } = await run(cluster, ['--dry-run'])
  assert.deepEqual(
    [code, cluster.writes, lines(out)],
    [
      0,
      [],
      [
        ...DID.slice(0, 3).map((line) => line.replace('taken off', 'would be taken off')),
        'daemonset logging/picket-probe-1: would be deleted',
        'lease logging/picket-controller: would be deleted, once controller_1 no longer holds it',
      ].sort(),
    ],
  )
})

test('a controller that is just ending is waited for, and puts back nothing', async (t) => {
  const cluster = await start(t)
  lease(cluster, 'controller_1')
  let released = false
  const { code, said } = await run(cluster, [], (nowMs) => {
    if (released || nowMs < 4000) return
    released = true
    cluster.change('leases', 'picket-controller', { spec: { holderIdentity: '' } })
  })
  assert.deepEqual([code, said], [0, ''])
  assert.deepEqual([nodesOf(cluster), cluster.all('leases')], [CLEAN, []])
})

test('while a controller leads nothing is done, and its name is said', async (t) => {
  const cluster = await start(t)
  lease(cluster, 'controller_1')
  const renew = (nowMs: number): void =>
    cluster.change('leases', 'picket-controller', { spec: { renewTime: String(nowMs) } })
  const { code, out, said } = await run(cluster, ['--wait', '20s'], renew)
  assert.deepEqual(
    [code, out, said],
    [
      1,
      '',
      'picket-controller: nothing was done: controller_1 is still running; delete its Deployment first, and run this again\n',
    ],
  )
  assert.deepEqual(cluster.writes, [])
})

test('a standby that makes the Lease again is seen', async (t) => {
  const cluster = await start(t)
  lease(cluster, '')
  const { code, said } = await run(cluster, [], () => {
    if (cluster.all('leases').length === 0) lease(cluster, 'standby_1')
  })
  assert.deepEqual(
    [code, said],
    [
      1,
      'picket-controller: lease logging/picket-controller is still there: standby_1 is still running; delete its Deployment first, and run this again\n',
    ],
  )
})

test('conflicts and failures are tried again, and their neighbours are not held up', async (t) => {
  const cluster = await start(t)
  let refusals = 5
  cluster.refuse = (method, resource) => {
    if (method !== 'PATCH' || resource !== 'nodes' || refusals === 0) return undefined
    refusals -= 1
    return [409, 422, 500][refusals % 3]
  }
  const { code, out, said } = await run(cluster)
  assert.deepEqual([code, lines(out), said], [0, DID.slice(0, 4).sort(), ''])
})

test('a node that nobody may patch is named with the server’s words, and the rest is clean', async (t) => {
  const cluster = await start(t)
  cluster.refuse = (method, resource) => (method === 'PATCH' && resource === 'nodes' ? 403 : undefined)
  const { code, out, said } = await run(cluster)
  assert.deepEqual([code, lines(out)], [1, ['daemonset logging/picket-probe-1: deleted']])
  assert.match(said, /node fresh: taint picket\.dev\/agent-not-ready:NoSchedule is still there: .*refused with 403/)
})

const usage = (message: string) => ({ kind: 'usage', message })
const DEFAULTS = {
  kind: 'cleanup',
  taintKey: KEY,
  leaseName: 'picket-controller',
  leaseNamespace: undefined,
  waitMs: 60_000,
  dryRun: false,
  kubeconfig: undefined,
  context: undefined,
}
const LINES: readonly (readonly [string, object])[] = [
  ['', DEFAULTS],
  [
    '--startup-taint-key a.b/c --lease-name l --lease-namespace n --wait 5s --dry-run',
    { ...DEFAULTS, taintKey: 'a.b/c', leaseName: 'l', leaseNamespace: 'n', waitMs: 5000, dryRun: true },
  ],
  ['--help', { kind: 'help' }],
  ['all', usage('cleanup takes no arguments, found all')],
  ['--startup-taint-key a=b', usage('--startup-taint-key is the key of a taint, not a=b')],
  ['--lease-nmae x', usage('there is no option --lease-nmae; did you mean --lease-name?')],
  ['--force', usage('there is no option --force; see picket-controller cleanup --help')],
]
for (const [line, command] of LINES)
  test(`picket-controller cleanup ${line}`, () =>
    assert.deepEqual(parseCleanup(line.split(' ').filter((word) => word !== '')), command))
