import type { OpenCollector } from './collector.ts'
import { createDeviceLabels } from './device-labels.ts'
import { family } from './family.ts'
import { admits } from './name-filter.ts'

const FIELDS = 6

/** proc_net_arp: `IP address  HW type  Flags  HW address  Mask  Device` after a line that says so. */
export const countArpEntries = (text: string): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>()
  for (const line of text.split('\n').slice(1)) {
    const fields = line.split(' ').filter((field) => field !== '')
    const device = fields[FIELDS - 1]
    if (device !== undefined) counts.set(device, (counts.get(device) ?? 0) + 1)
  }
  return counts
}

/** node_exporter: collector/arp_linux.go. It asks netlink, and leaves out what the kernel leaves out of the file. */
export const openArp: OpenCollector = (host, { arp: { devices } }) => {
  const labelsOf = createDeviceLabels()
  return {
    name: 'arp',
    collect: () => {
      const counts = [...countArpEntries(host.net('arp'))].filter(([device]) => admits(devices, device))
      const samples = counts.map(([device, value]) => ({ labels: labelsOf(device), value }))
      return [family('gauge', 'node_arp_entries', 'ARP entries by device', samples)]
    },
  }
}
