import type { Clock } from '../../lib/io/clock.ts'
import type { Send } from '../../lib/kube/api-client.ts'
import type { KubeClient } from '../../lib/kube/kube-client.ts'

export interface CleanupSettings {
  readonly taintKey: string
  readonly lease: { readonly namespace: string; readonly name: string }
  /** How long a controller that still leads may take to end. */
  readonly waitMs: number
  /** Nothing is written; it says what would be. */
  readonly dryRun: boolean
}

export interface CleanupDeps {
  readonly client: KubeClient & { readonly send: Send }
  readonly clock: Clock
  readonly random: () => number
  /** In the Lease while nodes are cleaned; no other process may have it. */
  readonly identity: string
  /** One line for each thing. */
  readonly done: (line: string) => void
  /** What is left, and why. */
  readonly left: (line: string) => void
  readonly stop: AbortSignal
}
