/** Which labels or annotations go into documents. A trailing `*` stands for any rest; exclude wins. */
export interface KeySelection {
  readonly include: readonly string[]
  readonly exclude: readonly string[]
}

/** Labels that controllers put on pods for themselves; a fifth of a document's labels, and searched by nobody. */
export const CONTROLLER_LABELS: readonly string[] = [
  'pod-template-hash',
  'pod-template-generation',
  'controller-revision-hash',
  'controller-uid',
  'batch.kubernetes.io/controller-uid',
]

/** Whole manifests, and what network plugins write for each other. */
export const MACHINE_ANNOTATIONS: readonly string[] = [
  'kubectl.kubernetes.io/last-applied-configuration',
  'kubernetes.io/config.*',
  'cni.projectcalico.org/*',
  'k8s.v1.cni.cncf.io/*',
  'k8s.ovn.org/*',
]

/** Bounds of one object's map, so that no pod makes every one of its lines as large as it likes. */
export interface MapLimits {
  readonly entries: number
  /** Keys and values together, UTF-16 units. */
  readonly total: number
  readonly value: number
}

/** 1,024 is where Elasticsearch's ECS mappings stop indexing a keyword; the API caps label values at 63, annotations only at 256 KiB in all. */
export const MAP_LIMITS: MapLimits = { entries: 64, total: 8192, value: 1024 }

const matches = (pattern: string, key: string): boolean =>
  pattern.endsWith('*') ? key.startsWith(pattern.slice(0, -1)) : key === pattern

/**
 * Selected entries under dedotted keys: `app.kubernetes.io/name` becomes `app_kubernetes_io/name`, as in Elastic's integration, because
 * dots make objects, and `app` cannot be both a text and an object. Where two keys fall together, the one that had no dots stays.
 */
export const selectKeys = (
  source: Readonly<Record<string, string>>,
  { include, exclude }: KeySelection,
  limits: MapLimits = MAP_LIMITS,
): Record<string, string> => {
  const selected: Record<string, string> = Object.create(null)
  const keys = Object.keys(source).filter(
    (key) => include.some((pattern) => matches(pattern, key)) && !exclude.some((pattern) => matches(pattern, key)),
  )
  keys.sort((a, b) => Number(a.includes('.')) - Number(b.includes('.')) || (a < b ? -1 : 1))
  let entries = 0
  let total = 0
  for (const key of keys) {
    const name = key.replaceAll('.', '_')
    const value = (source[key] as string).slice(0, limits.value)
    if (name === '' || Object.hasOwn(selected, name) || total + name.length + value.length > limits.total) continue
    selected[name] = value
    total += name.length + value.length
    entries += 1
    if (entries === limits.entries) break
  }
  return selected
}
