import { Counter, Gauge, Histogram, Registry } from 'prom-client'

/** The controller's own metrics, all of picket_controller_*. */
export interface ControllerMetrics {
  readonly registry: Registry
  readonly leader: Gauge
  readonly syncs: Counter<'result'>
  readonly syncSeconds: Histogram
  readonly lastErrors: Gauge<'namespace' | 'daemonset'>
  readonly actions: Counter<'kind' | 'result'>
  readonly rollouts: Gauge<'namespace' | 'daemonset' | 'phase'>
  readonly requests: Counter<'method' | 'code'>
  readonly watchUp: Gauge<'resource'>
  readonly watchFailures: Counter<'resource'>
  readonly events: Counter<'outcome'>
}

/** Of a queue: how many keys wait, and for how long the first has. */
interface Waiting {
  readonly depth: number
  readonly oldestMs: number
}
export interface WaitingKeys {
  readonly daemonSets: Waiting
  readonly nodes: Waiting
}

/** Of 5 ms, which an idle turn takes at most, to the minute of one that makes thousands of pods. */
const SECONDS = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60]

export const createMetrics = ({ daemonSets, nodes }: WaitingKeys): ControllerMetrics => {
  const registry = new Registry()
  const registers = [registry]
  new Gauge({
    name: 'picket_controller_queue_depth',
    help: 'Keys that wait for a worker.',
    labelNames: ['queue'],
    registers,
    collect() {
      this.set({ queue: 'daemonsets' }, daemonSets.depth)
      this.set({ queue: 'nodes' }, nodes.depth)
    },
  })
  new Gauge({
    name: 'picket_controller_queue_oldest_seconds',
    help: 'How long the first of the keys that wait for a worker has waited.',
    labelNames: ['queue'],
    registers,
    collect() {
      this.set({ queue: 'daemonsets' }, daemonSets.oldestMs / 1000)
      this.set({ queue: 'nodes' }, nodes.oldestMs / 1000)
    },
  })
  new Gauge({
    name: 'picket_controller_resident_memory_bytes',
    help: 'Resident memory of this process.',
    registers,
    collect() {
      this.set(process.memoryUsage.rss())
    },
  })
  return {
    registry,
    leader: new Gauge({
      name: 'picket_controller_leader',
      help: '1 while this process leads, 0 while it stands by.',
      registers,
    }),
    syncs: new Counter({
      name: 'picket_controller_syncs_total',
      help: 'Turns of a DaemonSet: done, failed, or put off because the watch had not caught up with own writes.',
      labelNames: ['result'],
      registers,
    }),
    syncSeconds: new Histogram({
      name: 'picket_controller_sync_duration_seconds',
      help: 'Time of a turn, with its requests.',
      buckets: SECONDS,
      registers,
    }),
    lastErrors: new Gauge({
      name: 'picket_controller_last_sync_failed',
      help: '1 where the last turn of a DaemonSet failed.',
      labelNames: ['namespace', 'daemonset'],
      registers,
    }),
    actions: new Counter({
      name: 'picket_controller_actions_total',
      help: 'What was done: pods, revisions, claims.',
      labelNames: ['kind', 'result'],
      registers,
    }),
    rollouts: new Gauge({
      name: 'picket_controller_rollout',
      help: 'Rollouts by annotations: 1 for the phase that a DaemonSet is in; held where its annotations hold it back or are mistaken.',
      labelNames: ['namespace', 'daemonset', 'phase'],
      registers,
    }),
    requests: new Counter({
      name: 'picket_controller_api_requests_total',
      help: 'Requests to the API server by their answer; code is none where none came.',
      labelNames: ['method', 'code'],
      registers,
    }),
    watchUp: new Gauge({
      name: 'picket_controller_watch_up',
      help: '1 while the watch of a resource stands.',
      labelNames: ['resource'],
      registers,
    }),
    watchFailures: new Counter({
      name: 'picket_controller_watch_failures_total',
      help: 'Lists and watches that failed.',
      labelNames: ['resource'],
      registers,
    }),
    events: new Counter({
      name: 'picket_controller_events_total',
      help: 'Events for the cluster’s users: written, suppressed (too many of one object), overflow (too many waited), refused, unreachable.',
      labelNames: ['outcome'],
      registers,
    }),
  }
}
