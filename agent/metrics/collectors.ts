import type { OpenCollector } from './collector.ts'
import { openLoadavg } from './loadavg.ts'
import { openNetclass } from './netclass.ts'
import { openNetdev } from './netdev.ts'

/** Every collector there is, in the order of the exposition. */
export const COLLECTORS: readonly OpenCollector[] = [openLoadavg, openNetclass, openNetdev]
