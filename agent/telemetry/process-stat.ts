/** What /proc says of this process; formats in proc(5). Pure: the reading is done by process-metrics.ts. */
export interface ProcessStat {
  readonly cpuSeconds: number
  /** Clock ticks since boot. */
  readonly startTicks: number
}

export interface ProcessMemory {
  readonly virtualBytes: number
  readonly residentBytes: number
  readonly anonymousBytes: number
}

// The kernel reports in USER_HZ, which is 100 on every architecture that Node runs on (include/asm-generic/param.h).
export const TICKS_PER_SECOND = 100

/** /proc/<pid>/stat. The second field is the name in parentheses and may itself hold spaces and parentheses. */
export const parseProcessStat = (text: string): ProcessStat => {
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number)
  const [userTicks = 0, systemTicks = 0] = [fields[11], fields[12]]
  return { cpuSeconds: (userTicks + systemTicks) / TICKS_PER_SECOND, startTicks: fields[19] ?? 0 }
}

const kilobytes = (text: string, key: string): number =>
  Number(new RegExp(`^${key}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? 0) * 1024

/** /proc/<pid>/status. */
export const parseProcessMemory = (text: string): ProcessMemory => ({
  virtualBytes: kilobytes(text, 'VmSize'),
  residentBytes: kilobytes(text, 'VmRSS'),
  anonymousBytes: kilobytes(text, 'RssAnon'),
})

/** /proc/<pid>/limits: the soft limit of open files; undefined where it is `unlimited`. */
export const parseMaxFds = (text: string): number | undefined => {
  const found = /^Max open files\s+(\d+)/m.exec(text)?.[1]
  return found === undefined ? undefined : Number(found)
}

/** /proc/<pid>/limits: the soft limit of the address space in bytes, which mostly is none: then 2⁶⁴ - 1, as client_golang has it. */
export const parseMaxVirtual = (text: string): number | undefined => {
  const found = /^Max address space\s+(\d+|unlimited)/m.exec(text)?.[1]
  if (found === undefined) return undefined
  return found === 'unlimited' ? 2 ** 64 : Number(found)
}

/** /proc/<pid>/net/netstat: bytes in and out of the process' network namespace; undefined where the kernel does not tell. */
export const parseOctets = (text: string): { readonly received: number; readonly sent: number } | undefined => {
  const [names, values] = text
    .split('\n')
    .filter((line) => line.startsWith('IpExt: '))
    .map((line) => line.split(' '))
  const octets = (name: string): number => Number(values?.[names?.indexOf(name) ?? -1])
  const [received, sent] = [octets('InOctets'), octets('OutOctets')]
  return Number.isNaN(received + sent) ? undefined : { received, sent }
}

/** /proc/stat: boot time in seconds since the epoch. */
export const parseBootTime = (text: string): number => Number(/^btime (\d+)$/m.exec(text)?.[1] ?? 0)
