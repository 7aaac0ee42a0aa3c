import type { MetricLabels } from '../../event.ts'
import { fraction } from './fraction.ts'
import { type Look, samplesOf, valuesBy } from './look.ts'

/** A mount's identity in the documents, and in a time series. */
const mountOf = ({ device, mountpoint }: MetricLabels): string => JSON.stringify([device, mountpoint])

const spaceOf = (total: number, free: number, available: number) => {
  const used = total - free
  // Of what can be used: what the kernel keeps for root counts as neither (elastic-agent-system-metrics, metric/system/filesystem).
  return { total, free, available, used: { bytes: used, pct: fraction(used, used + available) } }
}

/** One document a mount. Those that did not answer have no size, and no document. */
export const filesystemDocuments = (look: Look): Record<string, unknown>[] => {
  const by = (name: string): ReadonlyMap<string, number> => valuesBy(look, `node_filesystem_${name}`, mountOf)
  const [free, available, files, freeFiles] = [by('free_bytes'), by('avail_bytes'), by('files'), by('files_free')]
  const mounts = new Map(
    samplesOf(look, 'node_filesystem_size_bytes').map((sample) => [mountOf(sample.labels), sample]),
  )
  return [...mounts].map(([mount, { labels, value }]) => {
    const filesystem = {
      device_name: String(labels.device),
      mount_point: String(labels.mountpoint),
      type: String(labels.fstype),
      ...spaceOf(value, free.get(mount) ?? 0, available.get(mount) ?? 0),
      files: files.get(mount),
      free_files: freeFiles.get(mount),
    }
    return { system: { filesystem } }
  })
}
