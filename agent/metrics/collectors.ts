import type { OpenCollector } from './collector.ts'
import { openLoadavg } from './loadavg.ts'

/** Every collector there is, in the order of the exposition. */
export const COLLECTORS: readonly OpenCollector[] = [openLoadavg]
