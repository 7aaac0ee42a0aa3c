import type { CompiledConfig } from '../config/compile.ts'
import { METRICS_DEFAULTS } from '../config/metrics-defaults.ts'
import type { ContainerFacts } from '../metrics/container-facts.ts'
import type { NameFilter } from '../metrics/name-filter.ts'
import type { MetricsOptions } from '../metrics/options.ts'

/** Where something is included, the excluding default does not count (node_exporter: collector/filesystem_common.go). */
const filter = (include: string | undefined, exclude: string | undefined, standIn?: string): NameFilter => {
  const excluded = include === undefined ? (exclude ?? standIn) : exclude
  return {
    include: include === undefined ? undefined : new RegExp(include),
    exclude: excluded === undefined ? undefined : new RegExp(excluded),
  }
}

/** The configured texts as the collectors want them; `facts` is asked whose a container is. */
export const metricsOptions = (
  { metrics, node }: CompiledConfig,
  facts: ContainerFacts = () => () => undefined,
): MetricsOptions => {
  const { filesystem, diskstats, netdev, netclass, arp, netstat, vmstat, textfile } = metrics
  const { mountPointsExclude, fsTypesExclude, diskDevicesExclude } = METRICS_DEFAULTS
  return {
    timeoutMs: metrics.timeoutMs,
    nodeName: node.name,
    filesystem: {
      mountPoints: filter(filesystem.mountPointsInclude, filesystem.mountPointsExclude, mountPointsExclude),
      fsTypes: filter(filesystem.fsTypesInclude, filesystem.fsTypesExclude, fsTypesExclude),
      mountTimeoutMs: filesystem.mountTimeoutMs,
    },
    diskstats: { devices: filter(diskstats.deviceInclude, diskstats.deviceExclude, diskDevicesExclude) },
    netdev: { devices: filter(netdev.deviceInclude, netdev.deviceExclude) },
    netclass: { devices: filter(undefined, netclass.ignoredDevices) },
    arp: { devices: filter(arp.deviceInclude, arp.deviceExclude) },
    netstat: { fields: filter(netstat.fields, undefined) },
    vmstat: { fields: filter(vmstat.fields, undefined) },
    cgroup: { facts },
    textfile,
  }
}
