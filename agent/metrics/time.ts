import type { MetricFamily, MetricSample } from '../event.ts'
import type { OpenCollector } from './collector.ts'
import { family, single } from './family.ts'
import type { Host } from './host.ts'
import { createLabels } from './labels.ts'
import { zoneName } from './zone-name.ts'

const byClocksource = createLabels('device', 'clocksource')
const byZone = createLabels('time_zone')

const FOLDER = 'devices/system/clocksource'
const ABOUT_AVAILABLE = "Available clocksources read from '/sys/devices/system/clocksource'."
const ABOUT_CURRENT = "Current clocksource read from '/sys/devices/system/clocksource'."

const clocksourceFamilies = (host: Host): MetricFamily[] => {
  const available: MetricSample[] = []
  const current: MetricSample[] = []
  const devices = (host.maybe(() => host.listSys(FOLDER)) ?? []).filter((name) => /^clocksource\d+$/.test(name))
  for (const [i, device] of devices.entries()) {
    const names = (file: string): string[] => host.sys(`${FOLDER}/${device}/${file}`).split(/\s+/).filter(Boolean)
    const samples = (file: string): MetricSample[] =>
      names(file).map((name) => ({ labels: byClocksource(String(i), name), value: 1 }))
    available.push(...samples('available_clocksource'))
    current.push(...samples('current_clocksource'))
  }
  return [
    family('gauge', 'node_time_clocksource_available_info', ABOUT_AVAILABLE, available),
    family('gauge', 'node_time_clocksource_current_info', ABOUT_CURRENT, current),
  ].filter(({ samples }) => samples.length > 0)
}

/** node_exporter: collector/time.go. */
export const openTime: OpenCollector = (host) => {
  let zone: { readonly offset: number; readonly name: string } | undefined
  return {
    name: 'time',
    collect: () => {
      const now = new Date(host.nowMs())
      const offset = now.getTimezoneOffset() * -60 || 0
      if (zone?.offset !== offset) zone = { offset, name: zoneName(now) }
      return [
        single('gauge', 'node_time_seconds', 'System time in seconds since epoch (1970).', now.getTime() / 1000),
        family('gauge', 'node_time_zone_offset_seconds', 'System time zone offset in seconds.', [
          { labels: byZone(zone.name), value: offset },
        ]),
        ...clocksourceFamilies(host),
      ]
    },
  }
}
