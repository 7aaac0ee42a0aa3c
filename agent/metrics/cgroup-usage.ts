/** What a container has used; absent where its kernel, or its controllers, do not say. */
export interface CgroupUsage {
  readonly cpuSeconds: number | undefined
  readonly periods: number | undefined
  readonly throttledPeriods: number | undefined
  readonly throttledSeconds: number | undefined
  readonly memoryBytes: number | undefined
  readonly workingSetBytes: number | undefined
  readonly rssBytes: number | undefined
  readonly limitBytes: number | undefined
  readonly oomKills: number | undefined
}

/** Reads a control file of the container by its controller (a hierarchy of its own in version 1) and name. */
export type ReadControl = (controller: 'cpu' | 'cpuacct' | 'memory', file: string) => string | undefined

/** The value after `<key> ` at the beginning of a line. */
const keyed = (text: string | undefined, key: string): number | undefined => {
  if (text === undefined) return undefined
  const at = text.startsWith(`${key} `) ? 0 : text.indexOf(`\n${key} `) + 1
  if (at === 0 && !text.startsWith(`${key} `)) return undefined
  return whole(text.slice(at + key.length + 1).split('\n', 1)[0])
}

const whole = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined

const scaled = (value: number | undefined, unitsPerSecond: number): number | undefined =>
  value === undefined ? undefined : value / unitsPerSecond

/** As kubelet reckons what it evicts by: what the kernel could take back at once does not count. */
const workingSet = (used: number | undefined, inactiveFile: number | undefined): number | undefined =>
  used === undefined || inactiveFile === undefined ? undefined : Math.max(0, used - inactiveFile)

const MICROSECONDS = 1e6
const NANOSECONDS = 1e9

/** Kernel: Documentation/admin-guide/cgroup-v2.rst. `max` is no limit. */
export const usageV2 = (read: ReadControl): CgroupUsage => {
  const cpu = read('cpu', 'cpu.stat')
  const memory = read('memory', 'memory.stat')
  const memoryBytes = whole(read('memory', 'memory.current'))
  return {
    cpuSeconds: scaled(keyed(cpu, 'usage_usec'), MICROSECONDS),
    periods: keyed(cpu, 'nr_periods'),
    throttledPeriods: keyed(cpu, 'nr_throttled'),
    throttledSeconds: scaled(keyed(cpu, 'throttled_usec'), MICROSECONDS),
    memoryBytes,
    workingSetBytes: workingSet(memoryBytes, keyed(memory, 'inactive_file')),
    rssBytes: keyed(memory, 'anon'),
    limitBytes: whole(read('memory', 'memory.max')),
    oomKills: keyed(read('memory', 'memory.events'), 'oom_kill'),
  }
}

/** No limit is the largest number of whole pages in a long. */
const UNLIMITED = 2 ** 62

/** Kernel: Documentation/admin-guide/cgroup-v1/{cpuacct,memory}.rst; oom_kill since Linux 4.13. */
export const usageV1 = (read: ReadControl): CgroupUsage => {
  const cpu = read('cpu', 'cpu.stat')
  const memory = read('memory', 'memory.stat')
  const memoryBytes = whole(read('memory', 'memory.usage_in_bytes'))
  const limit = whole(read('memory', 'memory.limit_in_bytes'))
  return {
    cpuSeconds: scaled(whole(read('cpuacct', 'cpuacct.usage')), NANOSECONDS),
    periods: keyed(cpu, 'nr_periods'),
    throttledPeriods: keyed(cpu, 'nr_throttled'),
    throttledSeconds: scaled(keyed(cpu, 'throttled_time'), NANOSECONDS),
    memoryBytes,
    workingSetBytes: workingSet(memoryBytes, keyed(memory, 'total_inactive_file')),
    rssBytes: keyed(memory, 'total_rss'),
    limitBytes: limit !== undefined && limit < UNLIMITED ? limit : undefined,
    oomKills: keyed(read('memory', 'memory.oom_control'), 'oom_kill'),
  }
}
