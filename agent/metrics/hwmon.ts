import { realpathSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { MetricFamily, MetricSample } from '../event.ts'
import { readAttribute } from './attribute-file.ts'
import { NO_DATA, type OpenCollector } from './collector.ts'
import type { Host } from './host.ts'
import { cleanName, parseSensorFile, type Reading, readingOf, type SensorFile } from './hwmon-sensor.ts'
import { readSlowAttribute } from './slow-attribute.ts'

const FOLDER = 'class/hwmon'

interface Chip {
  readonly folder: string
  readonly label: string
  readonly name: string
}

/** Named after its device, whose place on its bus is stable; chips are numbered in the order in which their drivers came. */
const deviceName = ({ roots, maybe }: Host, folder: string): string => {
  const device = maybe(() => realpathSync(`${roots.sysfs}/${folder}/device`))
  if (device === undefined) return ''
  return [cleanName(basename(dirname(device))), cleanName(basename(device))].filter((part) => part !== '').join('_')
}

/** Two chips of one device are told apart by their own names, or where these are the same by their numbers. */
const withUniqueLabels = (chips: readonly Chip[]): Chip[] =>
  chips.map((chip) => {
    const sharing = chips.filter(({ label }) => label === chip.label)
    if (sharing.length === 1) return chip
    const alone = chip.name !== '' && sharing.filter(({ name }) => name === chip.name).length === 1
    return { ...chip, label: `${chip.label}_${alone ? chip.name : basename(chip.folder)}` }
  })

const findChips = (host: Host, names: readonly string[]): Chip[] =>
  withUniqueLabels(
    [...names].sort().map((number) => {
      const folder = `${FOLDER}/${number}`
      const name = cleanName(readAttribute(`${host.roots.sysfs}/${folder}/name`) ?? '')
      return { folder, name, label: deviceName(host, folder) || name || cleanName(number) }
    }),
  )

/** Series by the family's name. */
const createFamilies = () => {
  const made = new Map<string, Omit<MetricFamily, 'samples'> & { samples: MetricSample[] }>()
  const add = ({ name, kind, help }: Omit<Reading, 'divisor'>, sample: MetricSample): void => {
    const known = made.get(name) ?? { name, kind, help, samples: [] }
    known.samples.push(sample)
    made.set(name, known)
  }
  return { add, all: (): MetricFamily[] => [...made.values()] }
}

const INFO = {
  chip: { name: 'node_hwmon_chip_names', kind: 'gauge', help: 'Annotation metric for human-readable chip names' },
  label: { name: 'node_hwmon_sensor_label', kind: 'gauge', help: 'Label for given chip and sensor' },
} as const

/** What is asked for is asked one after the other: a sensor that hangs has one of libuv's threads, no more. */
const readChip = async (
  { roots, listSys, maybe }: Host,
  { folder }: Chip,
): Promise<Map<string, [SensorFile, string]>> => {
  const texts = new Map<string, [SensorFile, string]>()
  // Old drivers have their files with the device.
  for (const place of [folder, `${folder}/device`])
    for (const name of maybe(() => listSys(place)) ?? []) {
      const file = parseSensorFile(name)
      const text = file === undefined ? undefined : await readSlowAttribute(`${roots.sysfs}/${place}/${name}`)
      if (file !== undefined && text !== undefined) texts.set(`${file.sensor}_${file.property}`, [file, text])
    }
  return texts
}

type Families = ReturnType<typeof createFamilies>

const tellChip = (families: Families, chip: Chip, texts: ReadonlyMap<string, [SensorFile, string]>): void => {
  if (chip.name !== '') families.add(INFO.chip, { labels: { chip: chip.label, chip_name: chip.name }, value: 1 })
  for (const [file, text] of texts.values()) {
    const { sensor, property, type } = file
    if (property === 'label') {
      families.add(INFO.label, { labels: { chip: chip.label, sensor, label: text }, value: 1 })
      continue
    }
    const value = text === '' ? Number.NaN : Number(text)
    const named = texts.get(`${sensor}_label`)?.[1]
    const isFrequency = type === 'freq' && property === 'input'
    if (Number.isNaN(value) || (isFrequency && named === undefined)) continue
    const reading = readingOf(file, texts.has(`${sensor}_`))
    const labels = { chip: chip.label, sensor: isFrequency ? cleanName(named ?? '') : sensor }
    families.add(reading, { labels, value: value / reading.divisor })
  }
}

/** node_exporter: collector/hwmon_linux.go. */
export const openHwmon: OpenCollector = (host) => ({
  name: 'hwmon',
  collect: async () => {
    const names = host.maybe(() => host.listSys(FOLDER))
    if (names === undefined) return NO_DATA
    const families = createFamilies()
    for (const chip of findChips(host, names)) tellChip(families, chip, await readChip(host, chip))
    return families.all()
  },
})
