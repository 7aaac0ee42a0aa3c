import type { OpenCollector } from './collector.ts'
import { openDiskstats } from './diskstats.ts'
import { openFilesystem } from './filesystem.ts'
import { openLoadavg } from './loadavg.ts'
import { openNetclass } from './netclass.ts'
import { openNetdev } from './netdev.ts'

/** Every collector there is, in the order of the exposition. */
export const COLLECTORS: readonly OpenCollector[] = [
  openDiskstats,
  openFilesystem,
  openLoadavg,
  openNetclass,
  openNetdev,
]
