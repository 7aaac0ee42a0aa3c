import type { MetricFamily } from '../event.ts'
import { NO_DATA, type OpenCollector } from './collector.ts'
import { family } from './family.ts'
import { createLabels } from './labels.ts'

export interface SchedCounters {
  readonly cpu: string
  readonly runningSeconds: number
  readonly waitingSeconds: number
  readonly timeslices: number
}

/** Documentation/scheduler/sched-stats.rst, versions 15 to 17: of a line `cpuN` the 7th, 8th and 9th number, in ns. */
export const parseSchedstat = (text: string): readonly SchedCounters[] =>
  text
    .split('\n')
    .filter((line) => /^cpu\d/.test(line))
    .map((line) => {
      const [name = '', ...numbers] = line.split(' ')
      const [running = Number.NaN, waiting = Number.NaN, timeslices = Number.NaN] = numbers.slice(6, 9).map(Number)
      if (Number.isNaN(running + waiting + timeslices))
        throw new Error(`schedstat has a line that is not understood: ${JSON.stringify(line)}`)
      return { cpu: name.slice(3), runningSeconds: running / 1e9, waitingSeconds: waiting / 1e9, timeslices }
    })

const byCpu = createLabels('cpu')

const familiesOf = (cpus: readonly SchedCounters[]): MetricFamily[] => {
  const counter = (name: string, help: string, value: (c: SchedCounters) => number): MetricFamily =>
    family(
      'counter',
      `node_schedstat_${name}_total`,
      help,
      cpus.map((c) => ({ labels: byCpu(c.cpu), value: value(c) })),
    )
  return [
    counter('running_seconds', 'Number of seconds CPU spent running a process.', (c) => c.runningSeconds),
    counter('timeslices', 'Number of timeslices executed by CPU.', (c) => c.timeslices),
    counter('waiting_seconds', 'Number of seconds spent by processing waiting for this CPU.', (c) => c.waitingSeconds),
  ]
}

/** node_exporter: collector/schedstat_linux.go. The file is there where the kernel has CONFIG_SCHEDSTATS. */
export const openSchedstat: OpenCollector = (host) => ({
  name: 'schedstat',
  collect: () => {
    const text = host.maybe(() => host.proc('schedstat'))
    return text === undefined ? NO_DATA : familiesOf(parseSchedstat(text))
  },
})
