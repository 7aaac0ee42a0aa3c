import type { MetricFamily, MetricKind, MetricLabels } from '../event.ts'
import { readAttribute } from './attribute-file.ts'
import { type CgroupUsage, type ReadControl, usageV1, usageV2 } from './cgroup-usage.ts'
import type { OpenCollector } from './collector.ts'
import type { WhoseContainer } from './container-facts.ts'
import { type ContainerGroup, findContainerGroups } from './container-groups.ts'
import { family } from './family.ts'
import type { Host } from './host.ts'

type Field = readonly [key: keyof CgroupUsage, name: string, kind: MetricKind, help: string]

/** Not cAdvisor's names: kubelet tells of the same containers under those, and sums over both would count double. */
const FIELDS: readonly Field[] = [
  ['cpuSeconds', 'cpu_usage_seconds_total', 'counter', 'CPU time that the container has used.'],
  ['periods', 'cpu_periods_total', 'counter', 'Enforcement periods of the container’s CPU limit that have elapsed.'],
  ['throttledPeriods', 'cpu_throttled_periods_total', 'counter', 'Periods in which the container met its CPU limit.'],
  ['throttledSeconds', 'cpu_throttled_seconds_total', 'counter', 'Time for which the container had to wait for CPU.'],
  ['memoryBytes', 'memory_usage_bytes', 'gauge', 'Memory of the container, with the page cache it has filled.'],
  [
    'workingSetBytes',
    'memory_working_set_bytes',
    'gauge',
    'Memory that cannot be taken back at once: evictions go by it.',
  ],
  ['rssBytes', 'memory_rss_bytes', 'gauge', 'Anonymous memory of the container.'],
  ['limitBytes', 'memory_limit_bytes', 'gauge', 'Memory limit of the container; absent where it has none.'],
  [
    'oomKills',
    'oom_kills_total',
    'counter',
    'Processes of the container that the kernel has killed for want of memory.',
  ],
]

interface Hierarchy {
  readonly groups: readonly ContainerGroup[]
  usage(group: ContainerGroup): CgroupUsage
}

/** One hierarchy (version 2), or one for each controller (version 1, and the hybrid layout of systemd). */
const openHierarchy = (host: Host): Hierarchy => {
  const root = `${host.roots.sysfs}/fs/cgroup`
  const unified = readAttribute(`${root}/cgroup.controllers`) !== undefined
  const folder = (controller: string): string => (unified ? '' : `/${controller}`)
  const list = (path: string): string[] => host.maybe(() => host.listSys(`fs/cgroup${folder('memory')}/${path}`)) ?? []
  const read =
    ({ path }: ContainerGroup): ReadControl =>
    (controller, file) =>
      readAttribute(`${root}${folder(controller)}/${path}/${file}`)
  const usage = unified ? usageV2 : usageV1
  return { groups: findContainerGroups(list), usage: (group) => usage(read(group)) }
}

/** Prometheus' label names have letters, digits and `_` alone; `label_` as kube-state-metrics does. */
const podLabelName = (name: string): string => `label_${name.replace(/[^a-zA-Z0-9_]/g, '_')}`

const labelsOf = ({ podUid, containerId }: ContainerGroup, whose: WhoseContainer): MetricLabels => {
  const { namespace = '', pod = '', container = '', podLabels = {} } = whose(containerId, podUid) ?? {}
  const own = Object.entries(podLabels).map(([name, text]) => [podLabelName(name), text] as const)
  return { ...Object.fromEntries(own), namespace, pod, container, container_id: containerId }
}

/** CPU, memory and OOM kills of each container of this node. */
export const openCgroup: OpenCollector = (host, { cgroup: { facts } }) => ({
  name: 'cgroup',
  collect: () => {
    const { groups, usage } = openHierarchy(host)
    const whose = facts()
    const containers = groups.map((group) => ({ labels: labelsOf(group, whose), usage: usage(group) }))
    return FIELDS.map(([key, name, kind, help]): MetricFamily => {
      const samples = containers.flatMap(({ labels, usage: used }) => {
        const value = used[key]
        return value === undefined ? [] : [{ labels, value }]
      })
      return family(kind, `picket_container_${name}`, help, samples)
    })
  },
})
