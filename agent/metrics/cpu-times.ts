/** What one line `cpuN` of /proc/stat says, in seconds, in the order of MODES and GUEST_MODES. */
export interface CpuTimes {
  readonly cpu: string
  readonly seconds: readonly number[]
}

/** proc_stat(5), the columns of a cpu line. */
export const MODES = ['user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal'] as const
/** Of the two columns after these; their time is part of `user` and `nice` too. */
export const GUEST_MODES = ['user', 'nice'] as const
const COLUMNS = MODES.length + GUEST_MODES.length
const IDLE = MODES.indexOf('idle')

// USER_HZ, which is 100 on every architecture that Node runs on (include/asm-generic/param.h).
const TICKS_PER_SECOND = 100

/** A fault of the kernel's counters below this is hidden; beyond it the CPU was taken out and put in again. */
const JUMP_BACK_SECONDS = 3

/** The lines of single CPUs, which come first; columns that an old kernel lacks are 0. */
export const parseCpuTimes = (text: string): readonly CpuTimes[] => {
  const found: CpuTimes[] = []
  for (let at = 0; text.startsWith('cpu', at); ) {
    const end = text.indexOf('\n', at)
    const [name = '', ...ticks] = text.slice(at, end === -1 ? undefined : end).split(/ +/)
    if (name !== 'cpu') found.push({ cpu: name.slice(3), seconds: secondsOf(ticks) })
    if (end === -1) break
    at = end + 1
  }
  if (found.length === 0 || found.some(({ seconds }) => seconds.includes(Number.NaN)))
    throw new Error(`stat has no CPU times: ${JSON.stringify(text.slice(0, 100))}`)
  return found
}

const secondsOf = (ticks: readonly string[]): number[] =>
  Array.from({ length: COLUMNS }, (_, i) => Number(ticks[i] ?? 0) / TICKS_PER_SECOND)

/**
 * The kernel's idle and iowait times may step back a little (proc_stat(5): iowait "may decrease"), which a counter must not. As
 * node_exporter: the higher value stays, unless idle fell so far that it must be another beginning.
 */
export const withoutJumps = (before: CpuTimes | undefined, now: CpuTimes): CpuTimes => {
  if (before === undefined) return now
  const back = (before.seconds[IDLE] as number) - (now.seconds[IDLE] as number)
  if (back >= JUMP_BACK_SECONDS) return now
  return { cpu: now.cpu, seconds: now.seconds.map((value, i) => Math.max(value, before.seconds[i] as number)) }
}
