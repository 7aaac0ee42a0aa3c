import type { MetricFamily, MetricSample } from '../event.ts'
import type { OpenCollector } from './collector.ts'
import { family } from './family.ts'
import type { Host } from './host.ts'
import { createLabels } from './labels.ts'
import { parseWhole } from './whole-number.ts'

const CPUS = 'devices/system/cpu'

/** Files below cpuN/cpufreq, in kHz (Documentation/admin-guide/pm/cpufreq.rst). */
const FREQUENCIES: readonly (readonly [file: string, name: string, help: string])[] = [
  ['cpuinfo_avg_freq', 'frequency_avg_hertz', 'Average CPU thread frequency in hertz.'],
  ['cpuinfo_cur_freq', 'frequency_hertz', 'Current CPU thread frequency in hertz.'],
  ['cpuinfo_max_freq', 'frequency_max_hertz', 'Maximum CPU thread frequency in hertz.'],
  ['cpuinfo_min_freq', 'frequency_min_hertz', 'Minimum CPU thread frequency in hertz.'],
  ['scaling_cur_freq', 'scaling_frequency_hertz', 'Current scaled CPU thread frequency in hertz.'],
  ['scaling_max_freq', 'scaling_frequency_max_hertz', 'Maximum scaled CPU thread frequency in hertz.'],
  ['scaling_min_freq', 'scaling_frequency_min_hertz', 'Minimum scaled CPU thread frequency in hertz.'],
]

const byCpu = createLabels('cpu')
const byGovernor = createLabels('cpu', 'governor')

interface Cpu {
  readonly number: string
  readonly path: string
  readonly files: ReadonlySet<string>
}

/** Looked for once: which files a driver has does not change while it is loaded. */
const findCpus = (host: Host): readonly Cpu[] =>
  (host.maybe(() => host.listSys(CPUS)) ?? [])
    .filter((name) => /^cpu\d+$/.test(name))
    .flatMap((name) => {
      const path = `${CPUS}/${name}/cpufreq`
      const files = host.maybe(() => host.listSys(path))
      return files ? [{ number: name.slice(3), path, files: new Set(files) }] : []
    })
    .toSorted((a, b) => Number(a.number) - Number(b.number))

/** A CPU that was taken out keeps its folder, and reading from it fails (EBUSY, EAGAIN); cpuinfo_cur_freq is root's alone. */
const textOf = (host: Host, { path, files }: Cpu, file: string): string | undefined => {
  if (!files.has(file)) return undefined
  try {
    return host.sys(`${path}/${file}`)
  } catch {
    return undefined
  }
}

const frequencyOf = (host: Host, cpu: Cpu, file: string): MetricSample[] => {
  const text = textOf(host, cpu, file)
  // `<unknown>` where the driver cannot tell.
  if (text === undefined || !/^\d+\s*$/.test(text)) return []
  return [{ labels: byCpu(cpu.number), value: parseWhole(text, file) * 1000 }]
}

const governorsOf = (host: Host, cpu: Cpu): MetricSample[] => {
  const governor = textOf(host, cpu, 'scaling_governor')?.trim()
  const available = textOf(host, cpu, 'scaling_available_governors')?.trim().split(/\s+/) ?? []
  if (!governor) return []
  return available.map((one) => ({ labels: byGovernor(cpu.number, one), value: one === governor ? 1 : 0 }))
}

/** node_exporter: collector/cpufreq_linux.go. */
export const openCpufreq: OpenCollector = (host) => {
  let cpus: readonly Cpu[] | undefined
  return {
    name: 'cpufreq',
    collect: () => {
      cpus ??= findCpus(host)
      const found = cpus
      const frequencies = FREQUENCIES.map(([file, name, help]): MetricFamily => {
        const samples = found.flatMap((cpu) => frequencyOf(host, cpu, file))
        return family('gauge', `node_cpu_${name}`, help, samples)
      })
      const governors = found.flatMap((cpu) => governorsOf(host, cpu))
      const about = 'Current enabled CPU frequency governor.'
      return [...frequencies, family('gauge', 'node_cpu_scaling_governor', about, governors)].filter(
        ({ samples }) => samples.length > 0,
      )
    },
  }
}
