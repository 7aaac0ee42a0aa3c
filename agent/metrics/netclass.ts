import type { MetricFamily, MetricLabels, MetricSample } from '../event.ts'
import { attributeNumber } from './attribute-file.ts'
import { createAttributeHolder, type HeldDevice } from './attribute-holder.ts'
import type { OpenCollector } from './collector.ts'
import { createDeviceLabels } from './device-labels.ts'
import { family } from './family.ts'
import { admits } from './name-filter.ts'

type Field = readonly [attribute: string, name: string, kind: 'gauge' | 'counter']

/** Kernel: Documentation/ABI/testing/sysfs-class-net. */
const FIELDS: readonly Field[] = [
  ['addr_assign_type', 'address_assign_type', 'gauge'],
  ['carrier', 'carrier', 'gauge'],
  ['carrier_changes', 'carrier_changes_total', 'counter'],
  ['carrier_up_count', 'carrier_up_changes_total', 'counter'],
  ['carrier_down_count', 'carrier_down_changes_total', 'counter'],
  ['dev_id', 'device_id', 'gauge'],
  ['dormant', 'dormant', 'gauge'],
  ['flags', 'flags', 'gauge'],
  ['ifindex', 'iface_id', 'gauge'],
  ['iflink', 'iface_link', 'gauge'],
  ['link_mode', 'iface_link_mode', 'gauge'],
  ['mtu', 'mtu_bytes', 'gauge'],
  ['name_assign_type', 'name_assign_type', 'gauge'],
  ['netdev_group', 'net_dev_group', 'gauge'],
  ['speed', 'speed_bytes', 'gauge'],
  ['tx_queue_len', 'transmit_queue_length', 'gauge'],
  ['type', 'protocol_type', 'gauge'],
]

/** Mbit/s; a driver that does not know says -1, and node_exporter tells of that too. */
const BYTES_PER_MEGABIT = 125_000

const IFF_UP = 1

/** Ten interfaces; a megabyte of the kernel's memory. */
const MAX_HELD_FILES = 256

const adminState = (flags: number | undefined): string => {
  if (flags === undefined) return 'unknown'
  return (flags & IFF_UP) === IFF_UP ? 'up' : 'down'
}

interface Interface {
  readonly device: string
  readonly info: MetricLabels
  /** In the order of FIELDS. */
  readonly values: readonly (number | undefined)[]
}

const infoLabels = (device: string, files: HeldDevice, flags: string | undefined): MetricLabels => ({
  device,
  address: files.read('address') ?? '',
  broadcast: files.read('broadcast') ?? '',
  duplex: files.read('duplex') ?? '',
  operstate: files.read('operstate') ?? '',
  adminstate: adminState(attributeNumber(flags)),
  ifalias: files.read('ifalias') ?? '',
})

const readField = (files: HeldDevice, [attribute]: Field): number | undefined => {
  const value = attributeNumber(files.read(attribute))
  return value !== undefined && attribute === 'speed' ? value * BYTES_PER_MEGABIT : value
}

const readInterface = (device: string, files: HeldDevice): Interface => ({
  device,
  info: infoLabels(device, files, files.read('flags')),
  values: FIELDS.map((field) => readField(files, field)),
})

const families = (interfaces: readonly Interface[], labelsOf: (device: string) => MetricLabels): MetricFamily[] => {
  const up = ({ device, info }: Interface): MetricSample => ({
    labels: labelsOf(device),
    value: info.operstate === 'up' ? 1 : 0,
  })
  const told = (index: number): MetricSample[] =>
    interfaces.flatMap(({ device, values }) => {
      const value = values[index]
      return value === undefined ? [] : [{ labels: labelsOf(device), value }]
    })
  return [
    family('gauge', 'node_network_up', "Value is 1 if operstate is 'up', 0 otherwise.", interfaces.map(up)),
    family(
      'gauge',
      'node_network_info',
      'Non-numeric data from /sys/class/net/<iface>, value is always 1.',
      interfaces.map(({ info }) => ({ labels: info, value: 1 })),
    ),
    ...FIELDS.map(([, name, kind], index) =>
      family(kind, `node_network_${name}`, `Network device property: ${name}`, told(index)),
    ),
  ]
}

/** node_exporter: collector/netclass_linux.go. */
export const openNetclass: OpenCollector = (host, { netclass: { devices } }) => {
  const labelsOf = createDeviceLabels()
  const folder = `${host.roots.sysfs}/class/net`
  const holder = createAttributeHolder({ folder, identity: 'ifindex', maxFiles: MAX_HELD_FILES })
  /** An interface that is down has neither carrier nor speed: EINVAL. */
  const wasUp = new Map<string, string | undefined>()
  const noticeUp = (device: string, files: HeldDevice): void => {
    const flags = files.read('flags')
    if (wasUp.get(device) !== flags) files.askAgain()
    wasUp.set(device, flags)
  }
  return {
    name: 'netclass',
    collect: () => {
      const names = host.maybe(() => host.listSys('class/net')) ?? []
      const found = holder.look(names.filter((name) => admits(devices, name)))
      for (const device of wasUp.keys()) if (!found.has(device)) wasUp.delete(device)
      const interfaces = [...found].map(([device, files]) => {
        noticeUp(device, files)
        return readInterface(device, files)
      })
      return families(interfaces, labelsOf)
    },
  }
}
