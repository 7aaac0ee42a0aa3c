import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { type ControllerOptions, parseCommand } from '../../controller/config/options.ts'
import { planDaemonSet } from '../../controller/plan/plan-daemon-set.ts'
import { runController } from '../../controller/run-controller.ts'
import { realClock } from '../../lib/io/clock.ts'
import { createLogger, defaultLoggerOptions } from '../../lib/log/logger.ts'
import { eventually } from '../support/eventually.ts'
import { type FakeCluster, type Stored, startFakeCluster } from './fake-cluster.ts'

const QUICK = ['--lease-duration=3s', '--renew-deadline=2s', '--retry-period=500ms', '--listen=off', '--probe=off']

const optionsOf = (...argv: string[]): ControllerOptions => {
  const command = parseCommand(['--mode=primary', '--kube-api-qps=1000', '--kube-api-burst=1000', ...QUICK, ...argv])
  assert.ok(command.kind === 'run', JSON.stringify(command))
  return command.options
}

interface Running {
  readonly lines: Record<string, unknown>[]
  readonly ended: Promise<number>
  stop(): Promise<number>
}

const run = (t: TestContext, cluster: FakeCluster, identity: string, ...argv: string[]): Running => {
  const lines: Record<string, unknown>[] = []
  const stopping = new AbortController()
  const options = { ...defaultLoggerOptions, burst: Number.POSITIVE_INFINITY }
  const ended = runController(optionsOf(...argv), {
    credentials: {
      server: cluster.url,
      context: 'test',
      namespace: 'logging',
      options: async () => ({ headers: {} }),
      forget: () => {},
    },
    primary: planDaemonSet,
    clock: realClock,
    random: Math.random,
    log: createLogger(options, realClock, { write: (line) => lines.push(JSON.parse(line)) }),
    identity,
    title: 'picket-controller test',
    signal: stopping.signal,
  })
  const stop = (): Promise<number> => {
    stopping.abort()
    return ended
  }
  t.after(() => stop().catch(() => {}))
  return { lines, ended, stop }
}

const start = async (t: TestContext): Promise<FakeCluster> => {
  const cluster = await startFakeCluster()
  t.after(cluster.close)
  return cluster
}

const addNodes = (cluster: FakeCluster, ...names: string[]): void => {
  for (const name of names) cluster.create('/api/v1/nodes', { metadata: { name, labels: { os: 'linux' } } })
}

const addDaemonSet = (cluster: FakeCluster): Stored =>
  cluster.create('/apis/apps/v1/namespaces/logging/daemonsets', {
    metadata: { name: 'agent' },
    spec: {
      selector: { matchLabels: { app: 'agent' } },
      template: { metadata: { labels: { app: 'agent' } }, spec: { containers: [{ name: 'agent', image: 'agent:1' }] } },
    },
  })

const LEASE = ['POST leases', 'PUT leases']
const besidesLease = (cluster: FakeCluster): string[] => cluster.writes.filter((write) => !LEASE.includes(write))

/** Nodes that pods are pinned to, in order. */
const pinned = (cluster: FakeCluster): string[] =>
  cluster
    .all('pods')
    .flatMap((pod) => /"values":\["([^"]+)"\]/.exec(JSON.stringify(pod))?.[1] ?? [])
    .sort()

const statusOf = (cluster: FakeCluster) => cluster.all('daemonsets')[0]?.status

const covered = (cluster: FakeCluster, ...names: string[]) =>
  eventually(`pods for ${names.join(', ')}, and a status that says so`, () => {
    assert.deepEqual(pinned(cluster), names)
    assert.equal(statusOf(cluster)?.currentNumberScheduled, names.length)
    assert.equal(statusOf(cluster)?.observedGeneration, 1)
    return true
  })

/** Two more renewals of the lease, in which a busy controller would have done something. */
const quietly = async (cluster: FakeCluster): Promise<string[]> => {
  const before = besidesLease(cluster).length
  const renewals = cluster.writes.length
  await eventually('two renewals', () => cluster.writes.length >= renewals + 2)
  return besidesLease(cluster).slice(before)
}

test('every node gets its pod, a new one too, a deleted pod is replaced, and then nothing is written but the lease', async (t) => {
  const cluster = await start(t)
  addNodes(cluster, 'a', 'b', 'c')
  addDaemonSet(cluster)
  const controller = run(t, cluster, 'one')
  await covered(cluster, 'a', 'b', 'c')
  addNodes(cluster, 'd')
  await covered(cluster, 'a', 'b', 'c', 'd')
  cluster.remove('pods', cluster.all('pods')[0]?.metadata.name ?? '')
  await eventually('a replacement', () => cluster.writes.filter((write) => write === 'POST pods').length === 5)
  await covered(cluster, 'a', 'b', 'c', 'd')
  await eventually('the last Event', () => cluster.all('events').length === 5)
  assert.deepEqual(await quietly(cluster), [])
  assert.equal(cluster.all('controllerrevisions').length, 1)
  assert.equal(await controller.stop(), 0)
  assert.equal(cluster.all('leases')[0]?.spec?.holderIdentity, '')
})

test('a standby takes over when the leader stops, and restarts nothing', async (t) => {
  const cluster = await start(t)
  addNodes(cluster, 'a', 'b')
  addDaemonSet(cluster)
  const first = run(t, cluster, 'one')
  await covered(cluster, 'a', 'b')
  const second = run(t, cluster, 'two')
  await eventually('a second candidate', () => second.lines.some(({ leader }) => leader === 'one'))
  await first.stop()
  await eventually('the second leads', () => second.lines.some(({ kind }) => kind === 'working'))
  assert.deepEqual(await quietly(cluster), [])
  addNodes(cluster, 'c')
  await covered(cluster, 'a', 'b', 'c')
  assert.equal(cluster.writes.filter((write) => write === 'POST pods').length, 3)
})

test('where another DaemonSet controller works it refuses to, says so, and leaves nothing behind', async (t) => {
  const cluster = await start(t)
  const controller = run(t, cluster, 'one', '--probe=5s')
  await eventually('the probe', () => cluster.all('daemonsets').length === 1)
  cluster.change('daemonsets', cluster.all('daemonsets')[0]?.metadata.name ?? '', { status: { observedGeneration: 1 } })
  assert.equal(await controller.ended, 1)
  assert.deepEqual(cluster.all('daemonsets'), [])
  assert.deepEqual(
    controller.lines.filter(({ level }) => level === 'error').map(({ kind }) => kind),
    ['built_in_alive'],
  )
})

test('an API server that is away while another controller is looked for ends nothing: it is looked again', async (t) => {
  const cluster = await start(t)
  addNodes(cluster, 'a')
  cluster.refuse = (method, resource) => (method === 'POST' && resource === 'daemonsets' ? 503 : undefined)
  const controller = run(t, cluster, 'one', '--probe=1s')
  await eventually('two failures', () => controller.lines.filter(({ kind }) => kind === 'probe_failed').length >= 2)
  cluster.refuse = undefined
  await eventually('work', () => controller.lines.some(({ kind }) => kind === 'working'))
  addDaemonSet(cluster)
  await covered(cluster, 'a')
  assert.equal(await controller.stop(), 0)
})

test('where the probe is refused it ends, and says how to go without', async (t) => {
  const cluster = await start(t)
  cluster.refuse = (method, resource) => (method === 'POST' && resource === 'daemonsets' ? 403 : undefined)
  await assert.rejects(
    run(t, cluster, 'one', '--probe=1s').ended,
    /--probe=off leaves it out\): Error: refused with 403/,
  )
  assert.equal(cluster.all('leases')[0]?.spec?.holderIdentity, '')
})

test('a dry run says what would be done, once, and does nothing', async (t) => {
  const cluster = await start(t)
  addNodes(cluster, 'a', 'b')
  addDaemonSet(cluster)
  const controller = run(t, cluster, 'one', '--dry-run')
  const decisions = () =>
    controller.lines.filter(({ kind }) => kind === 'dry_run').map(({ what, node }) => [what, node])
  const first = [
    ['create_revision', undefined],
    ['create_pod', 'a'],
    ['create_pod', 'b'],
    ['write_status', undefined],
  ]
  const told = (expected: readonly unknown[]) => () => {
    assert.deepEqual(decisions(), expected)
    return true
  }
  await eventually('four decisions', told(first))
  addNodes(cluster, 'c')
  await eventually('one more pod, another status', told([...first, ['create_pod', 'c'], ['write_status', undefined]]))
  await controller.stop()
  assert.deepEqual(cluster.writes, [])
})

test('a verb that is denied is said, and tried again later and later', async (t) => {
  const cluster = await start(t)
  addNodes(cluster, 'a', 'b')
  addDaemonSet(cluster)
  cluster.refuse = (method, resource) => (method === 'POST' && resource === 'pods' ? 403 : undefined)
  const controller = run(t, cluster, 'one')
  const failures = () => controller.lines.filter(({ kind }) => kind === 'create_pod_failed')
  await eventually('some failures', () => failures().length >= 4)
  assert.equal(statusOf(cluster)?.desiredNumberScheduled, 2)
  cluster.refuse = undefined
  await covered(cluster, 'a', 'b')
  assert.match(String(failures()[0]?.error), /refused with 403/)
})

test('a leader whose lease was taken ends at once, with a failure', async (t) => {
  const cluster = await start(t)
  addNodes(cluster, 'a')
  addDaemonSet(cluster)
  const controller = run(t, cluster, 'one')
  await covered(cluster, 'a')
  cluster.change('leases', 'picket-controller', { spec: { holderIdentity: 'thief' } })
  assert.equal(await controller.ended, 1)
  assert.ok(controller.lines.some(({ kind }) => kind === 'lease_lost'))
})

test('guard: a node that nobody serves gets its pod after the time, nothing else is written, and the events say it', async (t) => {
  const cluster = await start(t)
  addNodes(cluster, 'a')
  addDaemonSet(cluster)
  const controller = run(t, cluster, 'one', '--mode=guard', '--takeover-after=5s')
  await eventually('the pod', () => {
    assert.deepEqual(pinned(cluster), ['a'])
    return true
  })
  await eventually('its events', () => {
    const reasons = cluster.all('events').map((event) => (event as { reason?: unknown }).reason)
    return ['TakeOver', 'NodeUncovered', 'NoRevision', 'SuccessfulCreate'].every((reason) => reasons.includes(reason))
  })
  assert.deepEqual(
    [...new Set(besidesLease(cluster))].filter((write) => !write.endsWith(' events')),
    ['POST pods'],
  )
  assert.equal(await controller.stop(), 0)
})
