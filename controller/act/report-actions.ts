import { errorFields } from '../../lib/log/error-fields.ts'
import type { Logger } from '../../lib/log/logger.ts'
import type { Action } from '../cluster.ts'
import type { ActDeps } from './act.ts'
import { decisionOf } from './decision.ts'

export type ActionOutcome = 'done' | 'failed'

/** Logs and counts what was done in one place. */
export const reportActions =
  (log: Logger, count: (kind: Action['kind'], outcome: ActionOutcome) => void): ActDeps['acted'] =>
  ({ namespace, name }, action, error) => {
    const { what, ...fields } = decisionOf(action)
    const all = { daemonset: `${namespace}/${name}`, ...fields }
    count(what, error ? 'failed' : 'done')
    if (error)
      log.log('warn', `${what}_failed`, 'the API server refused what was decided', { ...all, ...errorFields(error) })
    else log.log('info', what, 'done as decided', all)
  }
