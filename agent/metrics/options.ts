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
}
