import { expandDots, type Fields, isFields } from './merge-fields.ts'

/** Top-level fields that make a document what it is: the wire form, the audit and the choice of the data stream rest on them. */
export const RESERVED = ['@timestamp', 'message', 'stream', 'data_stream'] as const
/** Likewise below `log`. */
export const RESERVED_LOG = ['file', 'offset', 'length', 'spans', 'flags', 'lost', 'skipped'] as const

/** Reserved fields that static fields try to set, nested or with dots in their names; `picket validate` refuses them. */
export const reservedStaticFields = (staticFields: Readonly<Fields>): string[] => {
  const fields = expandDots(staticFields)
  const log = fields.log
  const nested = isFields(log) ? RESERVED_LOG.filter((key) => key in log).map((key) => `log.${key}`) : []
  return [...RESERVED.filter((key) => key in fields), ...('log' in fields && !isFields(log) ? ['log'] : []), ...nested]
}
