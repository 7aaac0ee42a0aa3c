import fs from 'node:fs'

export interface Figures {
  readonly cpuSeconds: number
  readonly residentMb: number
  readonly anonymousMb: number
  /** VmHWM: the highest resident memory so far. */
  readonly peakResidentMb: number
  readonly handles: number
}

const TICKS_PER_SECOND = 100

const descendants = (pid: number): number[] => {
  const tasks = fs.globSync(`/proc/${pid}/task/*/children`)
  const children = tasks.flatMap((file) => fs.readFileSync(file, 'latin1').split(' ').filter(Boolean).map(Number))
  return [pid, ...children.flatMap(descendants)]
}

const cpuSecondsOf = (pid: number): number => {
  const text = fs.readFileSync(`/proc/${pid}/stat`, 'latin1')
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number)
  // utime, stime, and those of children that have ended (proc(5)).
  return fields.slice(11, 15).reduce((a, b) => a + b, 0) / TICKS_PER_SECOND
}

const megabytes = (status: string, key: string): number =>
  (Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0) * 1024) / 1e6

const figuresOfOne = (pid: number): Figures => {
  const status = fs.readFileSync(`/proc/${pid}/status`, 'latin1')
  return {
    cpuSeconds: cpuSecondsOf(pid),
    residentMb: megabytes(status, 'VmRSS'),
    anonymousMb: megabytes(status, 'RssAnon'),
    peakResidentMb: megabytes(status, 'VmHWM'),
    handles: fs.readdirSync(`/proc/${pid}/fd`).length,
  }
}

/** The sums over a process and its descendants, at this moment. Throws when the process is gone. */
export const processFigures = (pid: number): Figures => {
  const sum = { cpuSeconds: 0, residentMb: 0, anonymousMb: 0, peakResidentMb: 0, handles: 0 }
  for (const one of descendants(pid).map(figuresOfOne))
    for (const key of Object.keys(sum) as (keyof Figures)[]) sum[key] += one[key]
  return sum
}
