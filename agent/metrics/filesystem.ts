import { statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { realClock } from '../../lib/io/clock.ts'
import type { MetricFamily, MetricLabels } from '../event.ts'
import type { Collector, OpenCollector } from './collector.ts'
import { family } from './family.ts'
import type { Host } from './host.ts'
import { createMountProbe, type MountAnswer, type MountProbeDeps, type MountStats } from './mount-probe.ts'
import { type Mount, parseMountinfo } from './mountinfo.ts'
import { admits } from './name-filter.ts'
import type { MetricsOptions } from './options.ts'

interface Answered {
  readonly mount: Mount
  readonly labels: MetricLabels
  readonly answer: MountAnswer
}

const SIZES: readonly (readonly [name: string, help: string, of: (stats: MountStats) => number])[] = [
  ['size_bytes', 'Filesystem size in bytes.', ({ blocks, bsize }) => blocks * bsize],
  ['free_bytes', 'Filesystem free space in bytes.', ({ bfree, bsize }) => bfree * bsize],
  ['avail_bytes', 'Filesystem space available to non-root users in bytes.', ({ bavail, bsize }) => bavail * bsize],
  ['files', 'Filesystem total file nodes.', ({ files }) => files],
  ['files_free', 'Filesystem total free file nodes.', ({ ffree }) => ffree],
  // node_exporter tells of it everywhere, and Linux has none.
  ['purgeable_bytes', 'Filesystem space available including purgeable space (MacOS specific).', () => 0],
]

const gauge = (name: string, help: string, samples: MetricFamily['samples']): MetricFamily =>
  family('gauge', `node_filesystem_${name}`, help, samples)

const families = (all: readonly Answered[]): MetricFamily[] => {
  const known = all.flatMap(({ mount, labels, answer }) =>
    answer.kind === 'stats' ? [{ mount, labels, stats: answer.stats }] : [],
  )
  return [
    gauge(
      'device_error',
      'Whether an error occurred while getting statistics for the given device.',
      all.map(({ labels, answer }) => ({ labels, value: answer.kind === 'error' ? 1 : 0 })),
    ),
    gauge(
      'readonly',
      'Filesystem read-only status.',
      all.map(({ labels, mount }) => ({ labels, value: mount.readOnly ? 1 : 0 })),
    ),
    ...SIZES.map(([name, help, of]) =>
      gauge(
        name,
        help,
        known.map(({ labels, stats }) => ({ labels, value: of(stats) })),
      ),
    ),
    gauge(
      'mount_info',
      'Filesystem mount information.',
      known.map(({ mount: { device, major, minor, mountPoint } }) => ({
        labels: { device, major, minor, mountpoint: mountPoint },
        value: 1,
      })),
    ),
  ]
}

const answeredMount = (mount: Mount, answer: MountAnswer): Answered => ({
  mount,
  answer,
  labels: {
    device: mount.device,
    mountpoint: mount.mountPoint,
    fstype: mount.fsType,
    device_error: answer.kind === 'error' ? answer.reason : '',
  },
})

/** proc(5), hidepid: a process that is somebody else's is not there (2), or not to be opened (1). */
const CLOSED = new Set(['EPERM', 'EACCES'])

const mountsOfInit = ({ proc, maybe }: Host): string | undefined => {
  try {
    return maybe(() => proc('1/mountinfo'))
  } catch (error) {
    if (CLOSED.has((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}

/** Where pid 1's mounts are closed to us, our own, which have the root file system's place before them. */
const readMounts = (host: Host): string => mountsOfInit(host) ?? host.proc('self/mountinfo')

const parseMounts = (text: string, rootfs: string): Mount[] => {
  const below = (path: string): string => {
    if (rootfs === '/') return path
    if (path === rootfs) return '/'
    return path.startsWith(`${rootfs}/`) ? path.slice(rootfs.length) : path
  }
  return parseMountinfo(text).map((mount) => ({ ...mount, mountPoint: below(mount.mountPoint) }))
}

/** One device may be mounted twice at one place: what is on top is what can be asked. */
const onTop = (mounts: readonly Mount[]): Mount[] => [
  ...new Map(mounts.map((mount) => [`${mount.mountPoint}\n${mount.fsType}\n${mount.device}`, mount])).values(),
]

/** Types whose server may be gone; the others answer from memory. A lane of their own, so that they do not stand in the way of the node's disks. */
const REMOTE = /^(nfs\d?|cifs|smb\d?|smbfs|fuse.*|ceph|glusterfs|9p|afs|lustre|gpfs|beegfs|virtiofs)$/

/** Together three of libuv's four threads. */
const REMOTE_IN_FLIGHT = 2
const LOCAL_IN_FLIGHT = 1

/** The collector's own time limit must not come first: it would cost all mounts. */
const SHARE_OF_TIMEOUT = 0.8

export type FilesystemSeam = Pick<MountProbeDeps, 'statfs' | 'after'>

/** node_exporter: collector/filesystem_linux.go. */
export const filesystemOver =
  (seam: FilesystemSeam): OpenCollector =>
  (host: Host, { filesystem, timeoutMs: collectorMs }: MetricsOptions): Collector => {
    const timeoutMs = Math.min(filesystem.mountTimeoutMs, collectorMs * SHARE_OF_TIMEOUT)
    const remote = createMountProbe({ ...seam, timeoutMs, maxInFlight: REMOTE_IN_FLIGHT })
    const local = createMountProbe({ ...seam, timeoutMs, maxInFlight: LOCAL_IN_FLIGHT })
    const ask = async (probe: typeof local, mounts: readonly Mount[]): Promise<Answered[]> => {
      const answers = await probe.askAll(mounts.map(({ mountPoint }) => join(host.roots.rootfs, mountPoint)))
      return mounts.map((mount, index) => answeredMount(mount, answers[index] as MountAnswer))
    }
    const wanted = ({ mountPoint, fsType }: Mount): boolean =>
      admits(filesystem.mountPoints, mountPoint) && admits(filesystem.fsTypes, fsType)
    // A node has some hundreds of mounts, most of them of containers, and mounts nothing most of the time.
    let known: { readonly text: string; readonly mounts: readonly Mount[] } = { text: '', mounts: [] }
    const mountsNow = (): readonly Mount[] => {
      const text = readMounts(host)
      if (text !== known.text) known = { text, mounts: onTop(parseMounts(text, host.roots.rootfs).filter(wanted)) }
      return known.mounts
    }
    return {
      name: 'filesystem',
      collect: async () => {
        const mounts = mountsNow()
        const isRemote = ({ fsType }: Mount): boolean => REMOTE.test(fsType)
        const [near, far] = await Promise.all([
          ask(
            local,
            mounts.filter((mount) => !isRemote(mount)),
          ),
          ask(remote, mounts.filter(isRemote)),
        ])
        return families([...near, ...far])
      },
    }
  }

export const openFilesystem = filesystemOver({ statfs, after: realClock.after })
