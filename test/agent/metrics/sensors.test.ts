import assert from 'node:assert/strict'
import test from 'node:test'
import type { OpenCollector } from '../../../agent/metrics/collector.ts'
import { createHost } from '../../../agent/metrics/host.ts'
import { openHwmon } from '../../../agent/metrics/hwmon.ts'
import { parseSensorFile } from '../../../agent/metrics/hwmon-sensor.ts'
import { openThermalZone } from '../../../agent/metrics/thermal-zone.ts'
import { metricLines } from '../../support/metric-lines.ts'
import { metricsOptionsOf } from '../../support/metrics-options-of.ts'

const collect = async (open: OpenCollector, sysfs = 'test/fixtures/metrics/sensors/sys') => {
  const host = createHost({ procfs: '/nowhere', sysfs, rootfs: '/' })
  return metricLines(await open(host, metricsOptionsOf()).collect())
}

test('parseSensorFile', async (t) => {
  const table: [name: string, expected: ReturnType<typeof parseSensorFile>][] = [
    ['temp1_max_hyst', { type: 'temp', sensor: 'temp1', property: 'max_hyst' }],
    ['in00_input', { type: 'in', sensor: 'in0', property: 'input' }],
    ['pwm2', { type: 'pwm', sensor: 'pwm2', property: '' }],
    ['update_interval', { type: 'update_interval', sensor: 'update_interval0', property: '' }],
    ['name', undefined],
    ['odd1_input', undefined],
    ['temp_input', undefined],
    ['', undefined],
  ]
  for (const [name, expected] of table)
    await t.test(JSON.stringify(name), () => assert.deepEqual(parseSensorFile(name), expected))
})

test('chips of one device are told apart, and each sensor has its unit', async () => {
  const core = 'chip="platform_coretemp_0_coretemp"'
  const fans = 'chip="platform_coretemp_0_fans"'
  assert.deepEqual(
    (await collect(openHwmon)).sort(),
    [
      `gauge node_hwmon_chip_names{${core},chip_name="coretemp"} 1`,
      `gauge node_hwmon_chip_names{${fans},chip_name="fans"} 1`,
      'gauge node_hwmon_chip_names{chip="odd_name",chip_name="odd_name"} 1',
      'gauge node_hwmon_beep_enabled{chip="odd_name",sensor="beep_enable0"} 1',
      `gauge node_hwmon_sensor_label{${core},sensor="temp1",label="Package \\"0\\""} 1`,
      `gauge node_hwmon_sensor_label{${fans},sensor="freq1",label="sclk"} 1`,
      `gauge node_hwmon_temp_celsius{${core},sensor="temp1"} 55`,
      `gauge node_hwmon_temp_crit_alarm_celsius{${core},sensor="temp1"} 0`,
      `gauge node_hwmon_temp_max_celsius{${core},sensor="temp1"} 100`,
      `gauge node_hwmon_temp_type{${core},sensor="temp1"} 4`,
      `gauge node_hwmon_update_interval_seconds{${core},sensor="update_interval0"} 0.5`,
      `gauge node_hwmon_fan_rpm{${fans},sensor="fan1"} 1200`,
      `gauge node_hwmon_fan_alarm{${fans},sensor="fan1"} 1`,
      `gauge node_hwmon_pwm{${fans},sensor="pwm1"} 128`,
      `gauge node_hwmon_power_average_interval_seconds{${fans},sensor="power1"} 1`,
      `gauge node_hwmon_power_average_watt{${fans},sensor="power1"} 15`,
      `counter node_hwmon_energy_joule_total{${fans},sensor="energy1"} 2.5`,
      `gauge node_hwmon_in_volts{${fans},sensor="in0"} 1.25`,
      `gauge node_hwmon_freq_freq_mhz{${fans},sensor="sclk"} 300`,
    ].sort(),
  )
  assert.deepEqual(await collect(openHwmon, '/nowhere'), [])
})

test('thermal zones that cannot be read are left out', async () => {
  assert.deepEqual(await collect(openThermalZone), [
    'gauge node_thermal_zone_temp{zone="0",type="x86_pkg_temp"} 54.5',
    'gauge node_cooling_device_cur_state{name="0",type="Processor"} 0',
    'gauge node_cooling_device_max_state{name="0",type="Processor"} 10',
  ])
  assert.deepEqual(await collect(openThermalZone, '/nowhere'), [])
})
