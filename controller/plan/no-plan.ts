import type { Plan } from '../cluster.ts'

/** There is nothing to do, nothing to tell and nothing to wait for. */
export const NO_PLAN: Plan = {
  claims: [],
  history: [],
  pods: [],
  cleanup: [],
  status: undefined,
  events: [],
  backoff: new Map(),
  requeueAfterMs: undefined,
}
