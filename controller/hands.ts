import type { Clock } from '../lib/io/clock.ts'
import type { Send } from '../lib/kube/api-client.ts'
import { type Act, createAct } from './act/act.ts'
import { createDryRun } from './act/dry-run.ts'
import { createEventRecorder } from './act/event-recorder.ts'
import type { WrittenResource } from './act/turn-writer.ts'
import type { ClusterEvent, DaemonSet } from './cluster.ts'
import type { DataHealth } from './health/data-health.ts'
import type { Expectations } from './queue/expectations.ts'
import type { OwnWrites } from './queue/own-writes.ts'
import { createRollouts, type Rollouts } from './roll-out.ts'
import type { Telemetry } from './telemetry/telemetry.ts'
import { keyOf } from './watch/triggers.ts'

export interface HandsDeps {
  readonly send: Send
  readonly clock: Clock
  readonly telemetry: Telemetry
  readonly expectations: Expectations
  readonly ownWrites: OwnWrites
  readonly health: () => ReadonlyMap<string, DataHealth>
  /** Of this process, for Events. */
  readonly identity: string
  /** Decisions are told, and nothing is done. */
  readonly dryRun: boolean
  readonly signal: AbortSignal
}

/** Whatever changes the cluster. */
export interface Hands {
  readonly act: Act
  readonly rollouts: Rollouts
  readonly event: (event: ClusterEvent) => void
}

export const createHands = (deps: HandsDeps): Hands => {
  const { send, clock, telemetry, expectations, ownWrites, identity, dryRun, signal } = deps
  const record = createEventRecorder({ send, clock, identity, recorded: telemetry.recorded, signal })
  const event = dryRun ? () => {} : record
  const expectationsOf = (daemonSet: DaemonSet) => {
    const key = keyOf(daemonSet)
    return {
      expect: (creates: number, deletes: number) => expectations.expect(key, creates, deletes),
      creationObserved: () => expectations.creationObserved(key),
      deletionObserved: () => expectations.deletionObserved(key),
      lower: (creates: number) => expectations.lower(key, creates),
    }
  }
  const wrote = (daemonSet: DaemonSet, resource: WrittenResource, version: string): void =>
    ownWrites.wrote(keyOf(daemonSet), resource, version)
  // What was cut off by the end of leading is no failure to tell of.
  const acted: Telemetry['acted'] = (daemonSet, action, error) => {
    if (!error || !signal.aborted) telemetry.acted(daemonSet, action, error)
  }
  const parts = { send, expectations: expectationsOf, wrote, event, acted }
  return {
    act: dryRun ? createDryRun(telemetry.decided) : createAct(parts),
    rollouts: createRollouts({
      ...parts,
      standing: telemetry.rolling,
      health: deps.health,
      dryRun: dryRun ? telemetry.rolloutDecided : undefined,
    }),
    event,
  }
}
