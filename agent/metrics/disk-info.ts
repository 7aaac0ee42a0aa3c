import type { MetricFamily, MetricLabels, MetricSample } from '../event.ts'
import { attributeNumber } from './attribute-file.ts'
import { family } from './family.ts'
import type { UdevProperties } from './udev-properties.ts'

/** A disk as sysfs and udev describe it. */
export interface KnownDisk {
  readonly device: string
  readonly major: number
  readonly minor: number
  readonly rotational: string
  readonly udev: UdevProperties
}

const first = (udev: UdevProperties, ...names: readonly string[]): string =>
  names.map((name) => udev.get(name)).find((text) => text !== undefined && text !== '') ?? ''

const infoLabels = ({ device, major, minor, rotational, udev }: KnownDisk): MetricLabels => ({
  device,
  major: String(major),
  minor: String(minor),
  path: first(udev, 'ID_PATH'),
  wwn: first(udev, 'ID_WWN'),
  model: first(udev, 'ID_MODEL'),
  // What is printed on the disk, else what udev makes of it; virtio has the last alone.
  serial: first(udev, 'SCSI_IDENT_SERIAL', 'ID_SERIAL_SHORT', 'ID_SERIAL'),
  revision: first(udev, 'ID_REVISION'),
  rotational,
})

const filesystemLabels = ({ device, udev }: KnownDisk): MetricLabels => ({
  device,
  type: first(udev, 'ID_FS_TYPE'),
  usage: first(udev, 'ID_FS_USAGE'),
  uuid: first(udev, 'ID_FS_UUID'),
  version: first(udev, 'ID_FS_VERSION'),
})

const mapperLabels = ({ device, udev }: KnownDisk): MetricLabels => ({
  device,
  name: first(udev, 'DM_NAME'),
  uuid: first(udev, 'DM_UUID'),
  vg_name: first(udev, 'DM_VG_NAME'),
  lv_name: first(udev, 'DM_LV_NAME'),
  lv_layer: first(udev, 'DM_LV_LAYER'),
})

const ATA = [
  ['ID_ATA_WRITE_CACHE', 'node_disk_ata_write_cache', 'ATA disk has a write cache.'],
  ['ID_ATA_WRITE_CACHE_ENABLED', 'node_disk_ata_write_cache_enabled', 'ATA disk has its write cache enabled.'],
  ['ID_ATA_ROTATION_RATE_RPM', 'node_disk_ata_rotation_rate_rpm', 'ATA disk rotation rate in RPMs (0 for SSDs).'],
] as const

const ataSample = (property: string, { device, udev }: KnownDisk): MetricSample[] => {
  const value = first(udev, 'ID_ATA') === '' ? undefined : attributeNumber(udev.get(property))
  return value === undefined ? [] : [{ labels: { device }, value }]
}

const known = (disks: readonly KnownDisk[], property: string): readonly KnownDisk[] =>
  disks.filter(({ udev }) => first(udev, property) !== '')

const info = (name: string, help: string, labels: readonly MetricLabels[]): MetricFamily =>
  family(
    'gauge',
    name,
    help,
    labels.map((one) => ({ labels: one, value: 1 })),
  )

/** node_exporter: collector/diskstats_linux.go. */
export const diskInfoFamilies = (disks: readonly KnownDisk[]): MetricFamily[] => [
  info('node_disk_info', 'Info of /sys/block/<block_device>.', disks.map(infoLabels)),
  info('node_disk_filesystem_info', 'Info about disk filesystem.', known(disks, 'ID_FS_TYPE').map(filesystemLabels)),
  info('node_disk_device_mapper_info', 'Info about disk device mapper.', known(disks, 'DM_NAME').map(mapperLabels)),
  ...ATA.map(([property, name, help]) =>
    family(
      'gauge',
      name,
      help,
      disks.flatMap((disk) => ataSample(property, disk)),
    ),
  ),
]
