import type { Clock } from '../lib/io/clock.ts'
import { type ApiClient, createApiClient } from '../lib/kube/api-client.ts'
import type { KubeCredentials } from '../lib/kube/kube-config.ts'
import { KubeError } from '../lib/kube/kube-error.ts'
import { type BucketLimits, createTokenBucket } from '../lib/kube/token-bucket.ts'
import { errorFields } from '../lib/log/error-fields.ts'
import type { Logger } from '../lib/log/logger.ts'
import type { ControllerOptions } from './config/options.ts'
import { createGuarding } from './guarding.ts'
import { createHealthServer, type Stage } from './health.ts'
import { findsBuiltIn } from './lead/built-in-probe.ts'
import { leadWhenElected } from './lead/elect.ts'
import type { Planner } from './reconcile.ts'
import { createMetrics } from './telemetry/metrics.ts'
import { createTelemetry } from './telemetry/telemetry.ts'
import { createQueues, work } from './work.ts'

export interface RunDeps {
  readonly credentials: KubeCredentials
  /** What primary mode does; guard mode has its own. */
  readonly primary: Planner
  readonly clock: Clock
  readonly random: () => number
  readonly log: Logger
  /** `host_0123abcd`: of this process, in the Lease and in Events. */
  readonly identity: string
  /** `picket-controller 1.2.3` */
  readonly title: string
  readonly signal: AbortSignal
}

/** A lease is not renewed behind a queue of creates. */
const LEASE_LIMITS: BucketLimits = { perSecond: 5, burst: 10 }

const BUILT_IN =
  'another DaemonSet controller works in this cluster: two would fight over every pod. Start kube-controller-manager with --controllers=*,-daemonset-controller, or this one with --mode=guard'

const PROBE_REFUSED = 'the probe for another DaemonSet controller was refused (--probe=off leaves it out)'

/** The server's last word; all else may be over in a moment. */
const isRefusal = (error: Error): boolean =>
  error instanceof KubeError &&
  error.status !== undefined &&
  error.status >= 400 &&
  error.status < 500 &&
  ![401, 408, 409, 429].includes(error.status)

/** Runs until the signal (0), or until it may not go on (1). */
export const runController = async (options: ControllerOptions, deps: RunDeps): Promise<0 | 1> => {
  const { clock, log, signal, credentials, identity } = deps
  const queues = createQueues(clock)
  const metrics = createMetrics(queues)
  const telemetry = createTelemetry(metrics, log)
  let stage: Stage = 'standby'
  const guarding = createGuarding(options, { clock, random: deps.random, metrics })

  const client = (limits: BucketLimits): ApiClient =>
    createApiClient(credentials, {
      clock,
      limit: createTokenBucket(limits, clock),
      userAgent: deps.title.replace(' ', '/'),
      answered: telemetry.answered,
    })
  const busy = client(options.limits)
  const quiet = client(LEASE_LIMITS)
  const namespace = options.lease.namespace ?? credentials.namespace
  let refused = false

  /** An API server that is away for a moment is no reason to end: a leader may begin just after an outage. */
  const look = async (waitMs: number, leading: AbortSignal): Promise<boolean> => {
    for (;;) {
      try {
        return await findsBuiltIn(namespace, waitMs, { send: quiet.send, clock, suffix: identity.slice(-8) }, leading)
      } catch (caught) {
        const error = caught as Error
        // Stopped in the middle of it: that is no answer, and no failure.
        if (leading.aborted) return false
        if (isRefusal(error)) throw new Error(`${PROBE_REFUSED}: ${error.message}`, { cause: error })
        log.log('warn', 'probe_failed', 'the probe failed and is made again', errorFields(error))
        await clock.sleep(options.lease.retryMs, leading)
      }
    }
  }

  const probe = async (leading: AbortSignal): Promise<boolean> => {
    if (options.mode !== 'primary' || options.probeMs === undefined || options.dryRun) return false
    stage = 'probing'
    const found = await look(options.probeMs, leading)
    if (found) log.log('error', 'built_in_alive', BUILT_IN)
    return found
  }

  const lead = async (leading: AbortSignal): Promise<void> => {
    telemetry.leading(true)
    refused = await probe(leading)
    if (refused || leading.aborted) return
    stage = 'listing'
    const synced = (): void => {
      stage = 'leading'
      log.log('info', 'working', 'the cluster has been listed; work begins', { mode: options.mode })
    }
    const planner = guarding.planner(deps.primary)
    const told = guarding.telling(telemetry)
    const parts = { client: busy, clock, random: deps.random, planner, telemetry: told, queues, synced }
    await Promise.all([work({ ...options, identity }, parts, leading), guarding.listen(busy, telemetry, leading)])
  }

  const election = { ...options.lease, namespace, identity }
  const elect = (): Promise<'stopped' | 'lost'> =>
    leadWhenElected(
      election,
      {
        send: quiet.send,
        clock,
        random: deps.random,
        failed: telemetry.leaseFailed,
        recovered: telemetry.leaseRecovered,
        leader: (holder) => telemetry.leader(holder, identity),
      },
      lead,
      signal,
    )

  const server = createHealthServer({
    listen: options.listen,
    title: deps.title,
    stage: () => stage,
    metrics,
    failed: (error) => log.log('warn', 'request_failed', 'a request could not be answered', errorFields(error)),
  })
  await server.start()
  log.log('info', 'started', 'the controller has started', {
    mode: options.mode,
    dry_run: options.dryRun,
    server: credentials.server,
    context: credentials.context,
    identity,
    listen: server.address ?? 'off',
  })
  try {
    const ended = options.leaderElect && !options.dryRun ? await elect() : await lead(signal).then(() => 'stopped')
    if (ended === 'lost')
      log.log('error', 'lease_lost', 'the lease could not be renewed in time: all work ends here, another takes over')
    return ended === 'lost' || refused ? 1 : 0
  } finally {
    busy.close()
    quiet.close()
    await server.close()
  }
}
