import type { MetricKind } from '../event.ts'

/** Kernel: Documentation/hwmon/sysfs-interface.rst. */
const TYPES = new Set([
  'vrm',
  'beep_enable',
  'update_interval',
  'in',
  'cpu',
  'fan',
  'pwm',
  'temp',
  'curr',
  'power',
  'energy',
  'humidity',
  'intrusion',
  'freq',
])

export interface SensorFile {
  readonly type: string
  /** `temp1`; a chip's own settings count as number 0. */
  readonly sensor: string
  /** `input`, `max`, `label`; '' for the file that is called like the sensor. */
  readonly property: string
}

/** `temp1_max_hyst`: what is no digit, digits, and after `_` what the file says of the sensor. */
const FILE = /^(\D+?)(\d*)(?:_(.+))?$/

export const parseSensorFile = (name: string): SensorFile | undefined => {
  if (TYPES.has(name)) return { type: name, sensor: `${name}0`, property: '' }
  const [, type = '', digits = '', property = ''] = FILE.exec(name) ?? []
  return digits !== '' && TYPES.has(type) ? { type, sensor: `${type}${Number(digits)}`, property } : undefined
}

/** node_exporter's names have small letters, digits, `:` and `_`, and none of these at the ends. */
export const cleanName = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9:_]/g, '_')
    .replace(/^_+|_+$/g, '')

export interface Reading {
  readonly name: string
  readonly kind: MetricKind
  readonly help: string
  /** What the kernel says is divided by this. */
  readonly divisor: number
}

const MILLI = 1000
const MICRO = 1_000_000

const gauge = (name: string, help: string, divisor = 1): Reading => ({ name, kind: 'gauge', help, divisor })

/** What a chip says of itself. */
const CHIP: Readonly<Record<string, Reading>> = {
  beep_enable: gauge('node_hwmon_beep_enabled', 'Hardware beep enabled'),
  vrm: gauge('node_hwmon_voltage_regulator_version', 'Hardware voltage regulator'),
  update_interval: gauge('node_hwmon_update_interval_seconds', 'Hardware monitor update interval', MILLI),
}

const power = (name: string, property: string): Reading => {
  if (property === 'accuracy') return gauge(name, 'Hardware monitor power meter accuracy, as a ratio', MICRO)
  if (/^average_interval(_min|_max)?$/.test(property))
    return gauge(`${name}_seconds`, `Hardware monitor power usage update interval (${property})`, MILLI)
  return gauge(`${name}_watt`, `Hardware monitor for power usage in watts (${property})`, MICRO)
}

const UNITS: Readonly<Record<string, (name: string, property: string) => Reading | undefined>> = {
  in: (name, property) => gauge(`${name}_volts`, `Hardware monitor for voltage (${property})`, MILLI),
  cpu: (name, property) => gauge(`${name}_volts`, `Hardware monitor for voltage (${property})`, MILLI),
  temp: (name, property) =>
    property === 'type'
      ? undefined
      : gauge(`${name}_celsius`, `Hardware monitor for temperature (${property || 'input'})`, MILLI),
  curr: (name, property) => gauge(`${name}_amps`, `Hardware monitor for current (${property})`, MILLI),
  energy: (name, property) => ({
    ...gauge(`${name}_joule_total`, `Hardware monitor for joules used so far (${property})`, MICRO),
    kind: 'counter',
  }),
  power,
  humidity: (name, property) =>
    gauge(
      name,
      `Hardware monitor for humidity, as a ratio (multiply with 100.0 to get the humidity as a percentage) (${property})`,
      MICRO,
    ),
  fan: (name, property) =>
    ['input', 'min', 'max', 'target'].includes(property)
      ? gauge(`${name}_rpm`, `Hardware monitor for fan revolutions per minute (${property})`)
      : undefined,
}

/** As node_exporter calls it (collector/hwmon_linux.go). `both`: the sensor has a file of its own name beside the one of its input. */
export const readingOf = ({ type, property }: SensorFile, both: boolean): Reading => {
  const chip = CHIP[type]
  if (chip) return chip
  const bare = property === '' || (property === 'input' && !both)
  const name = `node_hwmon_${type}${bare ? '' : `_${cleanName(property)}`}`
  if (property === 'fault' || property === 'alarm') return gauge(name, `Hardware sensor ${property} status (${type})`)
  if (property === 'beep') return gauge(`${name}_enabled`, 'Hardware monitor sensor has beeping enabled')
  if (type === 'freq' && property === 'input')
    return gauge(`${name}_freq_mhz`, 'Hardware monitor for GPU frequency in MHz', MICRO)
  return UNITS[type]?.(name, property) ?? gauge(name, `Hardware monitor ${type} element ${property}`)
}
