import type { MetricFamily, MetricLabels } from '../event.ts'

/** One look at the node: what the charts need of the families, counters as they stand. */
export interface Readings {
  /** As they are. */
  readonly gauges: ReadonlyMap<string, number>
  /** Since some start; what is shown is their growth by the second. */
  readonly counters: ReadonlyMap<string, number>
  readonly cpus: number | undefined
  readonly memoryBytes: number | undefined
}

/** The collectors that the charts are drawn from, as node_exporter names them. */
export const CHARTED: ReadonlySet<string> = new Set([
  'cpu',
  'diskstats',
  'filesystem',
  'loadavg',
  'meminfo',
  'netdev',
  'pressure',
])

type Samples = (name: string) => readonly { readonly labels: MetricLabels; readonly value: number }[]

const CPU_SERIES: Readonly<Record<string, string>> = {
  user: 'cpu.user',
  nice: 'cpu.user',
  system: 'cpu.system',
  irq: 'cpu.irq',
  softirq: 'cpu.irq',
  iowait: 'cpu.iowait',
  steal: 'cpu.steal',
}

/** What lies on another device of the list would be counted twice. */
const LAYERED_DISK = /^(?:dm-|md|zram|ram|loop|sr|fd|nbd|drbd)/
/** A node's own traffic goes through these too. */
const LAYERED_LINK =
  /^(?:lo$|veth|cali|cni|docker|br-|virbr|flannel|tunl|vxlan|lxc|cilium|kube-|ifb|dummy|wg|tap|bond.*\.)/

const add = (sums: Map<string, number>, name: string, value: number): void => {
  if (Number.isFinite(value)) sums.set(name, (sums.get(name) ?? 0) + value)
}

const sumDevices = (sums: Map<string, number>, series: string, samples: ReturnType<Samples>, not: RegExp): void => {
  for (const { labels, value } of samples) if (!not.test(String(labels.device))) add(sums, series, value)
}

const countersOf = (samples: Samples): Map<string, number> => {
  const sums = new Map<string, number>()
  for (const { labels, value } of samples('node_cpu_seconds_total')) {
    const series = CPU_SERIES[String(labels.mode)]
    if (series !== undefined) add(sums, series, value)
  }
  sumDevices(sums, 'disk.read', samples('node_disk_read_bytes_total'), LAYERED_DISK)
  sumDevices(sums, 'disk.write', samples('node_disk_written_bytes_total'), LAYERED_DISK)
  sumDevices(sums, 'network.receive', samples('node_network_receive_bytes_total'), LAYERED_LINK)
  sumDevices(sums, 'network.transmit', samples('node_network_transmit_bytes_total'), LAYERED_LINK)
  for (const resource of ['cpu', 'memory', 'io'])
    for (const { value } of samples(`node_pressure_${resource}_waiting_seconds_total`))
      add(sums, `pressure.${resource}`, value)
  return sums
}

/** Only so many lines can be told apart in a chart; the largest file systems are what fills up. */
const MOUNTS = 6

const addFilesystems = (gauges: Map<string, number>, samples: Samples): void => {
  const free = new Map(
    samples('node_filesystem_avail_bytes').map(({ labels, value }) => [String(labels.mountpoint), value]),
  )
  const byDevice = new Map<string, { readonly mount: string; readonly size: number }>()
  for (const { labels, value: size } of samples('node_filesystem_size_bytes')) {
    const [device, mount] = [String(labels.device), String(labels.mountpoint)]
    const known = byDevice.get(device)
    // One device is mounted in many places of a pod: its shortest name is the one that people know.
    if (size > 0 && (!known || mount.length < known.mount.length)) byDevice.set(device, { mount, size })
  }
  const largest = [...byDevice.values()].sort((a, b) => b.size - a.size).slice(0, MOUNTS)
  for (const { mount, size } of largest) {
    const left = free.get(mount)
    if (left !== undefined) gauges.set(`filesystem.${mount}`, 1 - left / size)
  }
}

const addMemory = (gauges: Map<string, number>, one: (name: string) => number): void => {
  const total = one('node_memory_MemTotal_bytes')
  const free = one('node_memory_MemFree_bytes')
  const cache =
    one('node_memory_Buffers_bytes') + one('node_memory_Cached_bytes') + one('node_memory_SReclaimable_bytes')
  if (!Number.isFinite(total + free + cache)) return
  gauges.set('memory.used', total - free - cache)
  gauges.set('memory.cache', cache)
  const swap = one('node_memory_SwapTotal_bytes') - one('node_memory_SwapFree_bytes')
  if (Number.isFinite(swap)) gauges.set('memory.swap', swap)
}

/** Of families with node_exporter's names; those that are missing are missing in the charts. */
export const readings = (families: readonly MetricFamily[]): Readings => {
  const byName = new Map(families.map((family) => [family.name, family.samples]))
  const samples: Samples = (name) => byName.get(name) ?? []
  const one = (name: string): number => samples(name)[0]?.value ?? Number.NaN
  const gauges = new Map<string, number>()
  for (const minutes of [1, 5, 15])
    if (byName.has(`node_load${minutes}`)) gauges.set(`load.${minutes}`, one(`node_load${minutes}`))
  addMemory(gauges, one)
  addFilesystems(gauges, samples)
  const cpus = new Set(samples('node_cpu_seconds_total').map(({ labels }) => labels.cpu)).size
  const memoryBytes = one('node_memory_MemTotal_bytes')
  return {
    gauges,
    counters: countersOf(samples),
    cpus: cpus || undefined,
    memoryBytes: Number.isFinite(memoryBytes) ? memoryBytes : undefined,
  }
}
