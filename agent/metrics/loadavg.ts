import type { MetricFamily } from '../event.ts'
import type { OpenCollector } from './collector.ts'
import { single } from './family.ts'

/** proc_loadavg(5): three averages come first. Throws where the text is none of these. */
export const parseLoadavg = (text: string): readonly [one: number, five: number, fifteen: number] => {
  const [one = Number.NaN, five = Number.NaN, fifteen = Number.NaN] = text.split(' ', 3).map(Number)
  if (Number.isNaN(one + five + fifteen)) throw new Error(`loadavg is not understood: ${JSON.stringify(text)}`)
  return [one, five, fifteen]
}

const families = ([one, five, fifteen]: ReturnType<typeof parseLoadavg>): MetricFamily[] => [
  single('gauge', 'node_load1', '1m load average.', one),
  single('gauge', 'node_load5', '5m load average.', five),
  single('gauge', 'node_load15', '15m load average.', fifteen),
]

/** node_exporter: collector/loadavg.go. */
export const openLoadavg: OpenCollector = (host) => ({
  name: 'loadavg',
  collect: () => families(parseLoadavg(host.proc('loadavg'))),
})
