import type { MetricFamily, MetricKind } from '../event.ts'
import type { Timex } from './adjtimex.ts'
import { NO_DATA, type OpenCollector } from './collector.ts'
import { single } from './family.ts'

/** adjtimex(2): the return value of a clock that nothing keeps right. */
const TIME_ERROR = 5
/** Of `status`: offset and jitter are in ns, else in µs. */
const STA_NANO = 0x2000
/** Frequencies are parts per million with 16 bits of fraction. */
const PPM = 1e6 * 65_536

type Row = readonly [kind: MetricKind, name: string, help: string, value: number]

const rowsOf = (t: Timex): readonly Row[] => {
  const divisor = (t.status & STA_NANO) === 0 ? 1e6 : 1e9
  return [
    ['gauge', 'estimated_error_seconds', 'Estimated error in seconds.', t.esterror / 1e6],
    ['gauge', 'frequency_adjustment_ratio', 'Local clock frequency adjustment.', 1 + t.freq / PPM],
    ['gauge', 'loop_time_constant', 'Phase-locked loop time constant.', t.constant],
    ['gauge', 'maxerror_seconds', 'Maximum error in seconds.', t.maxerror / 1e6],
    ['gauge', 'offset_seconds', 'Time offset in between local system and reference clock.', t.offset / divisor],
    ['counter', 'pps_calibration_total', 'Pulse per second count of calibration intervals.', t.calcnt],
    ['counter', 'pps_error_total', 'Pulse per second count of calibration errors.', t.errcnt],
    ['gauge', 'pps_frequency_hertz', 'Pulse per second frequency.', t.ppsfreq / PPM],
    ['gauge', 'pps_jitter_seconds', 'Pulse per second jitter.', t.jitter / divisor],
    ['counter', 'pps_jitter_total', 'Pulse per second count of jitter limit exceeded events.', t.jitcnt],
    ['gauge', 'pps_shift_seconds', 'Pulse per second interval duration.', t.shift],
    ['counter', 'pps_stability_exceeded_total', 'Pulse per second count of stability limit exceeded events.', t.stbcnt],
    [
      'gauge',
      'pps_stability_hertz',
      'Pulse per second stability, average of recent frequency changes.',
      t.stabil / PPM,
    ],
    ['gauge', 'status', 'Value of the status array bits.', t.status],
    [
      'gauge',
      'sync_status',
      'Is clock synchronized to a reliable server (1 = yes, 0 = no).',
      t.state === TIME_ERROR ? 0 : 1,
    ],
    ['gauge', 'tai_offset_seconds', 'International Atomic Time (TAI) offset.', t.tai],
    ['gauge', 'tick_seconds', 'Seconds between clock ticks.', t.tick / 1e6],
  ]
}

export const timexFamilies = (timex: Timex): readonly MetricFamily[] =>
  rowsOf(timex).map(([kind, name, help, value]) => single(kind, `node_timex_${name}`, help, value))

/** node_exporter: collector/timex.go. */
export const openTimex: OpenCollector = (host) => {
  let ask: (() => Timex) | undefined
  let looked = false
  return {
    name: 'timex',
    collect: () => {
      if (!looked) ask = host.adjtimex()
      looked = true
      return ask ? timexFamilies(ask()) : NO_DATA
    },
  }
}
