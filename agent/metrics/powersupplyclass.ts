import type { MetricFamily, MetricLabels, MetricSample } from '../event.ts'
import { NO_DATA, type OpenCollector } from './collector.ts'
import { family } from './family.ts'
import type { Host } from './host.ts'
import { createLabels } from './labels.ts'
import { QUANTITIES, TEXTS } from './power-supply.ts'

const FOLDER = 'class/power_supply'
const bySupply = createLabels('power_supply')

/** A battery's driver may answer anything while the battery is taken out: what cannot be read is not there. */
const readFiles = (host: Host, supply: string): ReadonlyMap<string, string> => {
  const found = new Map<string, string>()
  const names = new Set(host.maybe(() => host.listSys(`${FOLDER}/${supply}`)) ?? [])
  for (const name of [...QUANTITIES.map(([file]) => file), ...TEXTS]) {
    if (!names.has(name)) continue
    try {
      found.set(name, host.sys(`${FOLDER}/${supply}/${name}`).trim())
    } catch {}
  }
  return found
}

const infoOf = (supply: string, files: ReadonlyMap<string, string>): MetricLabels => {
  const told = TEXTS.map((name) => [name, files.get(name) ?? ''] as const).filter(([, text]) => text !== '')
  return { ...Object.fromEntries(told), power_supply: supply }
}

/** node_exporter: collector/powersupplyclass_linux.go. */
export const openPowersupplyclass: OpenCollector = (host) => ({
  name: 'powersupplyclass',
  collect: () => {
    const supplies = host.maybe(() => host.listSys(FOLDER))
    if (supplies === undefined) return NO_DATA
    if (supplies.length === 0) return []
    const all = supplies.toSorted().map((supply) => ({ supply, files: readFiles(host, supply) }))
    const quantities = QUANTITIES.map(([file, metric, divisor]): MetricFamily => {
      const samples = all.flatMap(({ supply, files }): MetricSample[] => {
        const text = files.get(file) ?? ''
        return /^-?\d+$/.test(text) ? [{ labels: bySupply(supply), value: Number(text) / divisor }] : []
      })
      const about = `${metric} value of /sys/class/power_supply/<power_supply>.`
      return family('gauge', `node_power_supply_${metric}`, about, samples)
    }).filter(({ samples }) => samples.length > 0)
    const info = all.map(({ supply, files }) => ({ labels: infoOf(supply, files), value: 1 }))
    return [
      ...quantities,
      family('gauge', 'node_power_supply_info', 'info of /sys/class/power_supply/<power_supply>.', info),
    ]
  },
})
