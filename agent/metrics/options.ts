import type { NameFilter } from './name-filter.ts'

/** Where the node's files are, as this process sees them: another place than the root in a pod. */
export interface Roots {
  readonly procfs: string
  readonly sysfs: string
  readonly rootfs: string
}

export interface MetricsOptions {
  /** What a collector may take before the scrape goes on without it, ms. */
  readonly timeoutMs: number
  /** `spec.nodeName`, or the host's name: what the kernel says in a pod is the pod's. */
  readonly nodeName: string
  readonly filesystem: {
    readonly mountPoints: NameFilter
    readonly fsTypes: NameFilter
    /** What one mount may take to answer. */
    readonly mountTimeoutMs: number
  }
  readonly diskstats: { readonly devices: NameFilter }
  readonly netdev: { readonly devices: NameFilter }
  readonly netclass: { readonly devices: NameFilter }
  readonly arp: { readonly devices: NameFilter }
  /** Of the form `<Protocol>_<Name>`. */
  readonly netstat: { readonly fields: NameFilter }
  readonly vmstat: { readonly fields: NameFilter }
  /** Globs of folders, below the root file system. */
  readonly textfile: { readonly directories: readonly string[] }
}
