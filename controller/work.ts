import type { Clock } from '../lib/io/clock.ts'
import type { ApiClient } from '../lib/kube/api-client.ts'
import { createTokenBucket } from '../lib/kube/token-bucket.ts'
import type { AgentOptions } from './config/agent-options.ts'
import type { TaintOptions } from './config/taint-options.ts'
import { createHands } from './hands.ts'
import type { DataHealth } from './health/data-health.ts'
import { createFailedPods } from './observe/failed-pods.ts'
import { createExpectations, type Expectations } from './queue/expectations.ts'
import { createOwnWrites } from './queue/own-writes.ts'
import { serveKeys } from './queue/serve-keys.ts'
import { createWorkQueue, REQUEUE_LIMITS, type WorkQueue } from './queue/work-queue.ts'
import { createAgentReader, readAgents } from './read-agents.ts'
import { createReconcile, type Planner } from './reconcile.ts'
import { createStartupTaint } from './startup-taint.ts'
import type { Telemetry } from './telemetry/telemetry.ts'
import { type ClusterCache, createClusterCache } from './watch/cluster-cache.ts'
import { concerns } from './watch/node-concerns.ts'
import { keyOf, type Trigger } from './watch/triggers.ts'
import { type WatchOptions, watchCluster } from './watch/watch-cluster.ts'

export interface WorkOptions extends WatchOptions {
  readonly workers: number
  /** Decisions are told, and nothing is done. */
  readonly dryRun: boolean
  /** Of this process, for Events. */
  readonly identity: string
  readonly agents: AgentOptions
  readonly startupTaint: TaintOptions
}

export interface WorkDeps {
  readonly client: ApiClient
  readonly clock: Clock
  readonly random: () => number
  /** `health` is of the agents, by uid of the pod. */
  readonly planner: (health: () => ReadonlyMap<string, DataHealth>) => Planner
  readonly telemetry: Telemetry
  readonly queues: Queues
  /** Every resource has been listed; turns begin. */
  readonly synced: () => void
}

export interface Queues {
  readonly daemonSets: WorkQueue
  readonly nodes: WorkQueue
}

export const createQueues = (clock: Clock): Queues => {
  const queue = (): WorkQueue => createWorkQueue(clock, createTokenBucket(REQUEUE_LIMITS, clock))
  return { daemonSets: queue(), nodes: queue() }
}

const carryOutTriggers =
  ({ daemonSets, nodes }: Queues, expectations: Expectations) =>
  (trigger: Trigger): void => {
    if (trigger.kind === 'look_at_node') nodes.add(trigger.node)
    else if (trigger.kind === 'enqueue') daemonSets.addAfter(trigger.key, trigger.afterMs)
    else if (trigger.kind === 'creation_observed') expectations.creationObserved(trigger.key)
    else if (trigger.kind === 'deletion_observed') expectations.deletionObserved(trigger.key)
    else expectations.forget(trigger.key)
  }

/** Which DaemonSets a changed node is work for. */
const lookAtNode =
  (cache: ClusterCache, queue: WorkQueue) =>
  (name: string): void => {
    const node = cache.node(name)
    if (!node) return
    for (const daemonSet of cache.daemonSetStore.values())
      if (concerns(node, daemonSet, cache.hasPodOn(name, daemonSet))) queue.add(keyOf(daemonSet))
  }

/** Watches and works until the signal: what only the leader does. Resolves when all of it has ended. */
export const work = async (options: WorkOptions, deps: WorkDeps, signal: AbortSignal): Promise<void> => {
  const { client, clock, random, telemetry, queues } = deps
  const cache = createClusterCache()
  const expectations = createExpectations(clock)
  const ownWrites = createOwnWrites(clock)
  const agents = createAgentReader(options.agents, clock)
  const { identity, dryRun } = options
  const { send } = client
  const { health } = agents
  const hands = createHands({ send, clock, telemetry, expectations, ownWrites, health, identity, dryRun, signal })
  const { event, rollouts, act } = hands
  const taint = createStartupTaint(
    { ...options.startupTaint, dryRun },
    { cache, clock, send, event, acted: telemetry.tainted, absent: telemetry.absent, dryRun: telemetry.taintsDecided },
  )
  const carryOut = carryOutTriggers(queues, expectations)
  const watch = watchCluster(
    options,
    {
      client,
      clock,
      random,
      cache,
      trigger: (trigger) => {
        carryOut(trigger)
        taint.see(trigger)
      },
      established: telemetry.watching,
      failed: telemetry.watchFailed,
    },
    signal,
  )
  const stop = (): void => {
    queues.daemonSets.shutDown()
    queues.nodes.shutDown()
  }
  signal.addEventListener('abort', stop, { once: true })
  await Promise.race([watch.synced, watch.ended])
  if (!signal.aborted) deps.synced()
  const reconcile = createReconcile({
    queue: queues.daemonSets,
    cache,
    expectations,
    ownWrites,
    version: watch.version,
    failedPods: createFailedPods(),
    planner: deps.planner(health),
    act,
    rollouts,
    clock,
    telemetry,
    signal,
  })
  const workers = Array.from({ length: options.workers }, () => serveKeys(queues.daemonSets, reconcile))
  const wake = queues.daemonSets.add
  await Promise.all([
    ...workers,
    serveKeys(queues.nodes, lookAtNode(cache, queues.daemonSets)),
    ...(options.agents.read ? [readAgents({ clock, watch: agents, cache, rollouts, wake }, signal)] : []),
    ...(options.startupTaint.daemonSets.length > 0 ? [taint.run(signal)] : []),
    watch.ended,
  ])
}
