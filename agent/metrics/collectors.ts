import { openArp } from './arp.ts'
import { openCgroup } from './cgroup.ts'
import type { OpenCollector } from './collector.ts'
import { openConntrack } from './conntrack.ts'
import { openCpu } from './cpu.ts'
import { openCpufreq } from './cpufreq.ts'
import { openDiskstats } from './diskstats.ts'
import { openEntropy } from './entropy.ts'
import { openFilefd } from './filefd.ts'
import { openFilesystem } from './filesystem.ts'
import { openHwmon } from './hwmon.ts'
import { openLoadavg } from './loadavg.ts'
import { openMeminfo } from './meminfo.ts'
import { openNetclass } from './netclass.ts'
import { openNetdev } from './netdev.ts'
import { openNetstat } from './netstat.ts'
import { openOs } from './os.ts'
import { openPowersupplyclass } from './powersupplyclass.ts'
import { openPressure } from './pressure.ts'
import { openSchedstat } from './schedstat.ts'
import { openSelinux } from './selinux.ts'
import { openSockstat } from './sockstat.ts'
import { openSoftnet } from './softnet.ts'
import { openStat } from './stat.ts'
import { openTextfile } from './textfile.ts'
import { openThermalZone } from './thermal-zone.ts'
import { openTime } from './time.ts'
import { openTimex } from './timex.ts'
import { openUdpQueues } from './udp-queues.ts'
import { openUname } from './uname.ts'
import { openVmstat } from './vmstat.ts'

/** Every collector there is, in the order of the exposition. Others' metrics come last: of two families of one name the first counts. */
export const COLLECTORS: readonly OpenCollector[] = [
  openArp,
  openCgroup,
  openConntrack,
  openCpu,
  openCpufreq,
  openDiskstats,
  openEntropy,
  openFilefd,
  openFilesystem,
  openHwmon,
  openLoadavg,
  openMeminfo,
  openNetclass,
  openNetdev,
  openNetstat,
  openOs,
  openPowersupplyclass,
  openPressure,
  openSchedstat,
  openSelinux,
  openSockstat,
  openSoftnet,
  openStat,
  openThermalZone,
  openTime,
  openTimex,
  openUdpQueues,
  openUname,
  openVmstat,
  openTextfile,
]
