import type { MetricFamily, MetricSample } from '../event.ts'
import { attributeNumber } from './attribute-file.ts'
import type { OpenCollector } from './collector.ts'
import { family } from './family.ts'
import { readSlowAttribute } from './slow-attribute.ts'

const FOLDER = 'class/thermal'
const ZONE = 'thermal_zone'
const COOLER = 'cooling_device'

const MILLIDEGREES = 1000

const gauge = (name: string, help: string, samples: readonly MetricSample[]): MetricFamily =>
  family('gauge', `node_${name}`, help, samples)

/** node_exporter: collector/thermal_zone_linux.go (kernel: Documentation/ABI/testing/sysfs-class-thermal). One at a time: each takes a thread. */
export const openThermalZone: OpenCollector = (host) => {
  const read = (device: string, attribute: string): Promise<string | undefined> =>
    readSlowAttribute(`${host.roots.sysfs}/${FOLDER}/${device}/${attribute}`)
  const readAll = async (names: readonly string[], prefix: string, label: 'zone' | 'name', attribute: string) => {
    const samples: MetricSample[] = []
    for (const name of names) {
      if (!name.startsWith(prefix)) continue
      const value = attributeNumber(await read(name, attribute))
      const type = (await read(name, 'type')) ?? ''
      if (value !== undefined) samples.push({ labels: { [label]: name.slice(prefix.length), type }, value })
    }
    return samples
  }
  return {
    name: 'thermal_zone',
    collect: async () => {
      const names = (host.maybe(() => host.listSys(FOLDER)) ?? []).sort()
      const degrees = await readAll(names, ZONE, 'zone', 'temp')
      const temperatures = degrees.map(({ labels, value }) => ({ labels, value: value / MILLIDEGREES }))
      return [
        gauge('thermal_zone_temp', 'Zone temperature in Celsius', temperatures),
        gauge(
          'cooling_device_cur_state',
          'Current throttle state of the cooling device',
          await readAll(names, COOLER, 'name', 'cur_state'),
        ),
        gauge(
          'cooling_device_max_state',
          'Maximum throttle state of the cooling device',
          await readAll(names, COOLER, 'name', 'max_state'),
        ),
      ]
    },
  }
}
