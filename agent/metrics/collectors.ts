import { openArp } from './arp.ts'
import type { OpenCollector } from './collector.ts'
import { openConntrack } from './conntrack.ts'
import { openDiskstats } from './diskstats.ts'
import { openFilesystem } from './filesystem.ts'
import { openLoadavg } from './loadavg.ts'
import { openNetclass } from './netclass.ts'
import { openNetdev } from './netdev.ts'
import { openNetstat } from './netstat.ts'
import { openSockstat } from './sockstat.ts'
import { openUdpQueues } from './udp-queues.ts'

/** Every collector there is, in the order of the exposition. */
export const COLLECTORS: readonly OpenCollector[] = [
  openArp,
  openConntrack,
  openDiskstats,
  openFilesystem,
  openLoadavg,
  openNetclass,
  openNetdev,
  openNetstat,
  openSockstat,
  openUdpQueues,
]
