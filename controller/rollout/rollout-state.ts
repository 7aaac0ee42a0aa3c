import type { Labels } from '../cluster.ts'
import { STATE_ANNOTATION } from './settings.ts'

export type RolloutPhase = 'canary' | 'soaking' | 'rolling' | 'paused' | 'rolled-back' | 'done'

/** What must outlive a controller and cannot be told from the pods. It is kept on the DaemonSet, where its owner can read it. */
export interface RolloutState {
  /** Hash of the revision that is rolled out. */
  readonly revision: string
  readonly phase: RolloutPhase
  /** When the phase began: ISO 8601, by the controller's clock. For people; nothing is decided by it. */
  readonly since: string
  /** For people. */
  readonly reason: string
  /** Nodes. */
  readonly canaries: readonly string[]
  /** Hash of the revision that was given up; '' where none was. It is not tried again unless it is resumed by name. */
  readonly bad: string
}

const PHASES: readonly RolloutPhase[] = ['canary', 'soaking', 'rolling', 'paused', 'rolled-back', 'done']

const isState = (value: unknown): value is RolloutState => {
  if (typeof value !== 'object' || value === null) return false
  const { revision, phase, since, reason, canaries, bad } = value as Record<string, unknown>
  const texts = [revision, since, reason, bad]
  return (
    texts.every((text) => typeof text === 'string') &&
    PHASES.some((known) => known === phase) &&
    Array.isArray(canaries) &&
    canaries.every((name) => typeof name === 'string')
  )
}

/** undefined: there is none. 'unreadable': somebody has edited it; to go on as if there were none might try a bad revision again. */
export const readState = (annotations: Labels): RolloutState | undefined | 'unreadable' => {
  const text = annotations[STATE_ANNOTATION]
  if (text === undefined) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return isState(value) ? value : 'unreadable'
  } catch {
    return 'unreadable'
  }
}

export const writeState = ({ revision, phase, since, reason, canaries, bad }: RolloutState): string =>
  JSON.stringify({ revision, phase, since, reason, canaries, bad })
