import { fileURLToPath } from 'node:url'
import type { MetricFamily } from '../../agent/event.ts'
import { parseTimex } from '../../agent/metrics/adjtimex.ts'
import type { OpenCollector } from '../../agent/metrics/collector.ts'
import { openCpu } from '../../agent/metrics/cpu.ts'
import { openCpufreq } from '../../agent/metrics/cpufreq.ts'
import { openEntropy } from '../../agent/metrics/entropy.ts'
import { openFilefd } from '../../agent/metrics/filefd.ts'
import { createHost, type Host } from '../../agent/metrics/host.ts'
import { openLoadavg } from '../../agent/metrics/loadavg.ts'
import { openMeminfo } from '../../agent/metrics/meminfo.ts'
import { openOs } from '../../agent/metrics/os.ts'
import { openPowersupplyclass } from '../../agent/metrics/powersupplyclass.ts'
import { openPressure } from '../../agent/metrics/pressure.ts'
import { openSchedstat } from '../../agent/metrics/schedstat.ts'
import { openSelinux } from '../../agent/metrics/selinux.ts'
import { openSoftnet } from '../../agent/metrics/softnet.ts'
import { openStat } from '../../agent/metrics/stat.ts'
import { openTime } from '../../agent/metrics/time.ts'
import { openTimex } from '../../agent/metrics/timex.ts'
import { openUname } from '../../agent/metrics/uname.ts'
import { openVmstat } from '../../agent/metrics/vmstat.ts'
import { exposition } from '../../agent/telemetry/exposition.ts'
import { metricsOptionsOf } from './metrics-options-of.ts'

/** The collectors of the kernel's own figures. Those of devices have fixtures of their own. */
const KERNEL_COLLECTORS: readonly OpenCollector[] = [
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

/** A clock kept right by NTP, in nanoseconds: what struct timex holds then. */
const timexBytes = (): Uint8Array => {
  const bytes = new Uint8Array(208)
  const view = new DataView(bytes.buffer)
  const longs = { 8: -1_500_000, 16: 655_360, 24: 12_345, 32: 678, 48: 7, 88: 10_000 }
  for (const [at, value] of Object.entries(longs)) view.setBigInt64(Number(at), BigInt(value), true)
  view.setInt32(40, 0x2001, true)
  view.setInt32(160, 37, true)
  return bytes
}

export const fixtureHost = (kernel: string): Host => {
  const folder = fileURLToPath(new URL(`../fixtures/metrics/${kernel}`, import.meta.url))
  return {
    ...createHost({ procfs: `${folder}/proc`, sysfs: `${folder}/sys`, rootfs: `${folder}/root` }),
    nowMs: () => 1_700_000_123_456,
    adjtimex: () => () => parseTimex(0, timexBytes()),
  }
}

/** Where the tests run, not what the fixture says, decides about this one. */
const ofThisProcess = ({ name }: MetricFamily): boolean => name === 'node_time_zone_offset_seconds'

/** What a scrape says of a machine that only its files describe. */
export const kernelExposition = (kernel: string): string => {
  const host = fixtureHost(kernel)
  const families = KERNEL_COLLECTORS.flatMap(
    (open) => open(host, metricsOptionsOf()).collect() as readonly MetricFamily[],
  )
  return exposition(
    families.filter((family) => !ofThisProcess(family)),
    'text',
  )
}
