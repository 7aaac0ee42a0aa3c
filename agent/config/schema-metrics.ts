import * as Type from 'typebox'
import { METRICS_DEFAULTS } from './metrics-defaults.ts'
import { block, choice, duration, glob, listOf, path, regexp } from './option.ts'

/** Names of the collectors, as the label `collector` has them; a test holds them against those that there are. */
export const COLLECTOR_NAMES = [
  'arp',
  'cgroup',
  'conntrack',
  'cpu',
  'cpufreq',
  'diskstats',
  'entropy',
  'filefd',
  'filesystem',
  'hwmon',
  'loadavg',
  'meminfo',
  'netclass',
  'netdev',
  'netstat',
  'os',
  'powersupplyclass',
  'pressure',
  'schedstat',
  'selinux',
  'sockstat',
  'softnet',
  'stat',
  'textfile',
  'thermal_zone',
  'time',
  'timex',
  'udp_queues',
  'uname',
  'vmstat',
] as const

const only = (what: string) => Type.Optional(regexp({ description: `Only ${what} that match are told of.` }))

const not = (what: string, standIn?: string) =>
  Type.Optional(
    regexp({
      description: `${what} that match are left out. Not together with its include.`,
      ...(standIn ? { defaultText: `\`${standIn}\`, where its include is not set` } : {}),
    }),
  )

const filesystem = block(
  {
    mount_points_exclude: not('Mount points', METRICS_DEFAULTS.mountPointsExclude),
    mount_points_include: only('mount points'),
    fs_types_exclude: not('File system types', METRICS_DEFAULTS.fsTypesExclude),
    fs_types_include: only('file system types'),
    mount_timeout: duration({
      default: '5s',
      least: '100ms',
      most: '1m',
      description: 'How long a mount may take to answer. It is told of as `device_error` after that, until it does.',
    }),
  },
  { description: 'The collector `filesystem`.' },
)

const fields = (standIn: string) => regexp({ default: standIn, description: 'Only fields that match are told of.' })

export const metricsSchema = block(
  {
    enabled: choice(['auto', true, false], {
      default: 'auto',
      description: 'Whether `/metrics` tells of the node. `auto`: on Linux.',
    }),
    procfs: path({ default: '/proc', description: 'Where the node’s /proc is mounted; `--path.procfs` wins over it.' }),
    sysfs: path({ default: '/sys', description: 'Where the node’s /sys is mounted; `--path.sysfs` wins over it.' }),
    rootfs: path({
      default: '/',
      description: 'Where the node’s root file system is mounted; `--path.rootfs` wins over it.',
    }),
    timeout: duration({
      default: '5s',
      least: '100ms',
      most: '1m',
      description: 'How long a collector may take. A scrape goes on without one that takes longer.',
    }),
    collectors: block(
      {
        disable: listOf(choice(COLLECTOR_NAMES, { description: 'A collector.' }), {
          default: [],
          description: 'Collectors that are not run.',
        }),
        only: Type.Optional(
          listOf(choice(COLLECTOR_NAMES, { description: 'A collector.' }), {
            minItems: 1,
            description: 'The only collectors that are run.',
            defaultText: 'all',
          }),
        ),
      },
      { description: 'Which collectors are run.' },
    ),
    filesystem,
    diskstats: block(
      { device_exclude: not('Devices', METRICS_DEFAULTS.diskDevicesExclude), device_include: only('devices') },
      { description: 'The collector `diskstats`.' },
    ),
    netdev: block(
      { device_exclude: not('Interfaces'), device_include: only('interfaces') },
      { description: 'The collector `netdev`.' },
    ),
    netclass: block(
      { ignored_devices: regexp({ default: '^$', description: 'Interfaces that match are left out.' }) },
      { description: 'The collector `netclass`.' },
    ),
    arp: block(
      { device_exclude: not('Interfaces'), device_include: only('interfaces') },
      { description: 'The collector `arp`.' },
    ),
    netstat: block({ fields: fields(METRICS_DEFAULTS.netstatFields) }, { description: 'The collector `netstat`.' }),
    vmstat: block({ fields: fields(METRICS_DEFAULTS.vmstatFields) }, { description: 'The collector `vmstat`.' }),
    textfile: block(
      {
        directories: listOf(glob(), {
          default: [],
          description:
            'Folders whose `*.prom` files are read, as they are seen below `rootfs`; globs may name several.',
        }),
      },
      { description: 'The collector `textfile`: metrics that other programs write to files.' },
    ),
  },
  { description: 'The node’s metrics, with the names, the options and the defaults of node_exporter.' },
)
