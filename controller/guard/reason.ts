/** How a container ended last, as far as the kubelet says it. */
export interface Exit {
  readonly reason: string
  readonly code: number
  readonly signal: number
  readonly atMs: number
}

/** Why a node is not covered, or what is odd where it is. The kinds are stable names: in JSON, in metrics, in docs/coverage.md. */
export type Reason =
  | { readonly kind: 'no_pod' }
  /** `words` are the scheduler's. */
  | { readonly kind: 'pending'; readonly words: string }
  | { readonly kind: 'creating'; readonly containers: readonly string[] }
  | { readonly kind: 'image_pull'; readonly container: string; readonly image: string; readonly words: string }
  | { readonly kind: 'cannot_start'; readonly container: string; readonly words: string }
  | {
      readonly kind: 'crash_loop'
      readonly container: string
      readonly restarts: number
      readonly exit: Exit | undefined
    }
  | {
      readonly kind: 'not_ready'
      readonly words: string
      readonly restarts: number
      readonly exit: Exit | undefined
    }
  | { readonly kind: 'node_not_ready'; readonly words: string }
  | { readonly kind: 'node_shutting_down' }
  | { readonly kind: 'terminating'; readonly graceEndsMs: number }
  | { readonly kind: 'terminating_on_lost_node'; readonly words: string }
  /** `words` are the kubelet's: OutOfcpu, NodeAffinity, Evicted… */
  | { readonly kind: 'rejected'; readonly words: string }
  | { readonly kind: 'failed_backing_off'; readonly phase: 'Failed' | 'Succeeded'; readonly exit: Exit | undefined }
  | { readonly kind: 'ships_nothing'; readonly words: string }
  | { readonly kind: 'duplicate'; readonly pods: readonly string[] }
  | { readonly kind: 'old_revision'; readonly has: string; readonly wanted: string }
  | { readonly kind: 'untolerated_taint'; readonly words: string }
  /** `stays`: only who evicts or deletes it ends it; else the DaemonSet controller deletes it. */
  | { readonly kind: 'not_eligible_but_there'; readonly words: string; readonly stays: boolean }

export type ReasonKind = Reason['kind']

const times = (count: number): string => (count === 1 ? 'once' : `${count} times`)

const exitWords = (exit: Exit | undefined): string => {
  if (!exit) return 'nothing is known of its last exit'
  const how = exit.signal > 0 ? `killed by signal ${exit.signal}` : `exit code ${exit.code}`
  return exit.reason === '' || exit.reason === 'Error' ? how : `${exit.reason}, ${how}`
}

const restartWords = (restarts: number, exit: Exit | undefined): string =>
  restarts === 0 ? '' : `; restarted ${times(restarts)}, last ${exitWords(exit)}`

const after = (head: string, words: string): string => (words === '' ? head : `${head}: ${words}`)

/** One sentence for people, without its full stop. */
export const reasonWords = (reason: Reason): string => {
  switch (reason.kind) {
    case 'no_pod':
      return 'there is no pod'
    case 'pending':
      return after('not scheduled', reason.words)
    case 'creating':
      return after('containers are being made', reason.containers.join(', '))
    case 'image_pull':
      return after(`image ${reason.image} of ${reason.container}`, reason.words)
    case 'cannot_start':
      return after(`${reason.container} cannot start`, reason.words)
    case 'crash_loop':
      return `${reason.container} crashed, restarted ${times(reason.restarts)}: ${exitWords(reason.exit)}`
    case 'not_ready':
      return `${reason.words || 'the pod is not ready'}${restartWords(reason.restarts, reason.exit)}`
    case 'node_not_ready':
      return after('the node is not ready', reason.words)
    case 'node_shutting_down':
      return 'the node is shutting down'
    case 'terminating':
      return 'the only pod is being ended'
    case 'terminating_on_lost_node':
      return `the pod is being ended, but ${reason.words}`
    case 'rejected':
      return after('the kubelet refused the pod', reason.words)
    case 'failed_backing_off':
      return `the pod ${reason.phase === 'Failed' ? 'failed' : 'ended'}: ${exitWords(reason.exit)}`
    case 'ships_nothing':
      return after('the agent runs but delivers nothing', reason.words)
    case 'duplicate':
      return `${reason.pods.length} pods on one node: ${reason.pods.join(', ')}`
    case 'old_revision':
      return `of revision ${reason.has || 'unknown'}, ${reason.wanted} is wanted`
    case 'untolerated_taint':
      return reason.words
    case 'not_eligible_but_there':
      return `${reason.words}; ${reason.stays ? 'the pod may stay' : 'the DaemonSet controller deletes the pod'}`
  }
}
