import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import test from 'node:test'
import { openCpu } from '../../../agent/metrics/cpu.ts'
import { createHost } from '../../../agent/metrics/host.ts'
import { metricLines } from '../../support/metric-lines.ts'
import { metricsOptionsOf } from '../../support/metrics-options-of.ts'

test('a CPU that is taken out takes its own series along, and brings them back', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'picket-cpu-'))
  t.after(() => rmSync(root, { recursive: true }))
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  const folder = (cpu: number): string => `sys/devices/system/cpu/cpu${cpu}`
  const plugIn = (cpu: number): void => {
    write(`${folder(cpu)}/topology/core_id`, `${cpu}\n`)
    write(`${folder(cpu)}/topology/physical_package_id`, '0\n')
    write(`${folder(cpu)}/thermal_throttle/core_throttle_count`, `${cpu + 5}\n`)
  }
  const turnOn = (...cpus: number[]): void => write('proc/stat', cpus.map((cpu) => `cpu${cpu} 1 2 3 4\n`).join(''))
  const host = createHost({ procfs: `${root}/proc`, sysfs: `${root}/sys`, rootfs: root })
  const collector = openCpu(host, metricsOptionsOf())
  const throttles = async (): Promise<string[]> =>
    metricLines(await collector.collect()).filter((line) => line.includes('throttles'))
  const both = [0, 1].map((core) => `counter node_cpu_core_throttles_total{package="0",core="${core}"} ${core + 5}`)

  plugIn(0)
  plugIn(1)
  turnOn(0, 1)
  assert.deepEqual(await throttles(), both)
  rmSync(join(root, folder(1)), { recursive: true })
  assert.deepEqual(await throttles(), both.slice(0, 1), 'between one file and the other')
  turnOn(0)
  assert.deepEqual(await throttles(), both.slice(0, 1))
  plugIn(1)
  turnOn(0, 1)
  assert.deepEqual(await throttles(), both)
})
