import type { MetricFamily, MetricLabels, MetricSample } from '../event.ts'
import type { OpenCollector } from './collector.ts'
import { parseCpuList } from './cpu-list.ts'
import { findThrottleFiles } from './cpu-throttles.ts'
import { type CpuTimes, GUEST_MODES, MODES, parseCpuTimes, withoutJumps } from './cpu-times.ts'
import { family } from './family.ts'
import type { Host } from './host.ts'
import { createLabels } from './labels.ts'

const byMode = createLabels('cpu', 'mode')
const byCore = createLabels('package', 'core')
const byPackage = createLabels('package')
const byCpu = createLabels('cpu')

const timeFamilies = (times: readonly CpuTimes[]): MetricFamily[] => {
  const modes: MetricSample[] = []
  const guests: MetricSample[] = []
  for (const { cpu, seconds } of times) {
    for (const [i, mode] of MODES.entries()) modes.push({ labels: byMode(cpu, mode), value: seconds[i] as number })
    for (const [i, mode] of GUEST_MODES.entries())
      guests.push({ labels: byMode(cpu, mode), value: seconds[MODES.length + i] as number })
  }
  return [
    family('counter', 'node_cpu_guest_seconds_total', 'Seconds the CPUs spent in guests (VMs) for each mode.', guests),
    family('counter', 'node_cpu_seconds_total', 'Seconds the CPUs spent in each mode.', modes),
  ]
}

/** What is where in sysfs stays as it is while the same CPUs are on, so it is looked for once. */
const readFixed = (host: Host) => ({
  throttles: findThrottleFiles(host),
  isolated: parseCpuList(host.maybe(() => host.sys('devices/system/cpu/isolated')) ?? ''),
  // Where the first CPU cannot be taken out none has the file, and node_exporter tells of none.
  tellsOnline: host.maybe(() => host.sys('devices/system/cpu/cpu0/online')) !== undefined,
  present: parseCpuList(host.maybe(() => host.sys('devices/system/cpu/present')) ?? ''),
})

const throttleFamilies = (
  host: Host,
  { cores, packages }: ReturnType<typeof readFixed>['throttles'],
): MetricFamily[] => {
  /** A CPU that is taken out takes its files along (arch/x86/kernel/cpu/mce/therm_throt.c); the others are told of all the same. */
  const count = (path: string, labels: MetricLabels): MetricSample[] => {
    const text = host.maybe(() => host.sys(path))
    return text === undefined ? [] : [{ labels, value: Number(text) }]
  }
  const perCore = cores.flatMap((c) => count(c.path, byCore(c.package, c.core)))
  const perPackage = packages.flatMap((p) => count(p.path, byPackage(p.package)))
  return [
    family('counter', 'node_cpu_core_throttles_total', 'Number of times this CPU core has been throttled.', perCore),
    family(
      'counter',
      'node_cpu_package_throttles_total',
      'Number of times this CPU package has been throttled.',
      perPackage,
    ),
  ]
}

const stateFamilies = (
  host: Host,
  { isolated, tellsOnline, present }: ReturnType<typeof readFixed>,
): MetricFamily[] => {
  const online = new Set(tellsOnline ? parseCpuList(host.sys('devices/system/cpu/online')) : [])
  return [
    family(
      'gauge',
      'node_cpu_isolated',
      'Whether each core is isolated, information from /sys/devices/system/cpu/isolated.',
      isolated.map((cpu) => ({ labels: byCpu(cpu), value: 1 })),
    ),
    family(
      'gauge',
      'node_cpu_online',
      'CPUs that are online and being scheduled.',
      tellsOnline ? present.map((cpu) => ({ labels: byCpu(cpu), value: online.has(cpu) ? 1 : 0 })) : [],
    ),
  ]
}

/** node_exporter: collector/cpu_linux.go. */
export const openCpu: OpenCollector = (host) => {
  let before = new Map<string, CpuTimes>()
  let fixed: ReturnType<typeof readFixed> | undefined
  return {
    name: 'cpu',
    collect: () => {
      const times = parseCpuTimes(host.proc('stat')).map((now) => withoutJumps(before.get(now.cpu), now))
      // /proc/stat has the CPUs that are on; with another set of them sysfs has other files.
      if (times.length !== before.size || times.some(({ cpu }) => !before.has(cpu))) fixed = undefined
      fixed ??= readFixed(host)
      before = new Map(times.map((time) => [time.cpu, time]))
      const all = [...timeFamilies(times), ...throttleFamilies(host, fixed.throttles), ...stateFamilies(host, fixed)]
      return all.filter(({ samples }) => samples.length > 0)
    },
  }
}
