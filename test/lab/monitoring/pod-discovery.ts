/**
 * What Prometheus' kubernetes_sd_configs with `role: pod` makes of pods, by its documentation
 * (https://prometheus.io/docs/prometheus/latest/configuration/configuration/#pod): Debian builds Prometheus without it, so the lab
 * hands the same labels over in a file.
 */

export interface Pod {
  readonly metadata: {
    readonly name: string
    readonly namespace: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly spec: { readonly nodeName?: string; readonly containers: readonly Container[] }
  readonly status: { readonly podIP?: string; readonly phase: string }
}

interface Container {
  readonly name: string
  readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[]
}

export interface TargetGroup {
  readonly targets: readonly string[]
  readonly labels: Readonly<Record<string, string>>
}

const META = '__meta_kubernetes_'

const named = (prefix: string, pairs: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(pairs).map(([key, value]) => [
      `${META}pod_${prefix}_${key.replaceAll(/[^a-zA-Z0-9_]/g, '_')}`,
      value,
    ]),
  )

/** A target for each port of each container of a pod that has an address. */
export const discovered = ({ metadata, spec, status }: Pod): readonly TargetGroup[] => {
  const labels = {
    [`${META}namespace`]: metadata.namespace,
    [`${META}pod_name`]: metadata.name,
    [`${META}pod_node_name`]: spec.nodeName ?? '',
    [`${META}pod_phase`]: status.phase,
    ...named('label', metadata.labels),
    ...named('annotation', metadata.annotations),
  }
  const ports = spec.containers.flatMap(({ name, ports: own = [] }) =>
    own.map((port) => ({ container: name, ...port })),
  )
  return ports.map(({ container, name = '', containerPort }) => ({
    targets: status.podIP === undefined ? [] : [`${status.podIP}:${containerPort}`],
    labels: { ...labels, [`${META}pod_container_name`]: container, [`${META}pod_container_port_name`]: name },
  }))
}
