import type { OpenCollector } from './collector.ts'
import { openCpu } from './cpu.ts'
import { openCpufreq } from './cpufreq.ts'
import { openEntropy } from './entropy.ts'
import { openFilefd } from './filefd.ts'
import { openLoadavg } from './loadavg.ts'
import { openMeminfo } from './meminfo.ts'
import { openOs } from './os.ts'
import { openPowersupplyclass } from './powersupplyclass.ts'
import { openPressure } from './pressure.ts'
import { openSchedstat } from './schedstat.ts'
import { openSelinux } from './selinux.ts'
import { openSoftnet } from './softnet.ts'
import { openStat } from './stat.ts'
import { openTime } from './time.ts'
import { openTimex } from './timex.ts'
import { openUname } from './uname.ts'
import { openVmstat } from './vmstat.ts'

/** Every collector there is, in the order of the exposition. */
export const COLLECTORS: readonly OpenCollector[] = [
  openCpu,
  openCpufreq,
  openEntropy,
  openFilefd,
  openLoadavg,
  openMeminfo,
  openOs,
  openPowersupplyclass,
  openPressure,
  openSchedstat,
  openSelinux,
  openSoftnet,
  openStat,
  openTime,
  openTimex,
  openUname,
  openVmstat,
]
