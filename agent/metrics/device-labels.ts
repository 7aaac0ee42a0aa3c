import type { MetricLabels } from '../event.ts'

/** A node has hundreds of devices at most; names that come and go (veth) must not add up. */
const MAX_REMEMBERED = 4096

/** `{device: …}`, the same object at each scrape. */
export const createDeviceLabels = (): ((device: string) => MetricLabels) => {
  const known = new Map<string, MetricLabels>()
  return (device) => {
    const before = known.get(device)
    if (before) return before
    if (known.size >= MAX_REMEMBERED) known.clear()
    const labels = { device }
    known.set(device, labels)
    return labels
  }
}
