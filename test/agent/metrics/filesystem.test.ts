import assert from 'node:assert/strict'
import test from 'node:test'
import { type FilesystemSeam, filesystemOver } from '../../../agent/metrics/filesystem.ts'
import { createHost } from '../../../agent/metrics/host.ts'
import { metricLines } from '../../support/metric-lines.ts'
import { metricsOptionsOf } from '../../support/metrics-options-of.ts'

const ROOT = 'test/fixtures/metrics/disk-basic'
const STATS = { bsize: 4096, blocks: 100, bfree: 50, bavail: 40, files: 10, ffree: 5 }

const errno = (code: string, number: number): Error => Object.assign(new Error(code), { code, errno: number })

/** Time that goes by when it is told to, and mounts that answer when they are told to. */
const setUp = (behaviour: Readonly<Record<string, 'hangs' | Error>>, metrics = '', proc?: (path: string) => string) => {
  const timers = new Set<() => void>()
  const asked: string[] = []
  const hanging = new Map<string, () => void>()
  const seam: FilesystemSeam = {
    statfs: (path) => {
      asked.push(path)
      const how = behaviour[path]
      if (how === undefined) return Promise.resolve(STATS)
      if (how !== 'hangs') return Promise.reject(how)
      return new Promise((resolve) => hanging.set(path, () => resolve(STATS)))
    },
    after: (_ms, call) => {
      timers.add(call)
      return () => timers.delete(call)
    },
  }
  const plain = createHost({ procfs: `${ROOT}/proc`, sysfs: `${ROOT}/sys`, rootfs: '/host' })
  const host = proc ? { ...plain, proc } : plain
  const collector = filesystemOver(seam)(host, metricsOptionsOf(metrics))
  return {
    asked,
    hanging,
    collect: async () => metricLines(await collector.collect()),
    /** Once all that answer have answered. */
    timeOut: async () => {
      await new Promise(setImmediate)
      for (const call of [...timers]) call()
    },
  }
}

const ODD = 'device="/dev/sd\\\\040a",mountpoint="/mnt/a b\\\\\\n\\"c\\"",fstype="ext4",device_error=""'

test('a mount is told of with its sizes, one at which two are mounted once', async () => {
  const { collect, asked } = setUp({}, 'filesystem: {mount_points_include: "^/mnt/[ab]"}')
  const lines = await collect()
  assert.deepEqual(asked, ['/host/mnt/a b\\\n"c"', '/host/mnt/broken'])
  assert.deepEqual(
    lines.filter((line) => line.includes('/mnt/a b')),
    [
      `gauge node_filesystem_device_error{${ODD}} 0`,
      `gauge node_filesystem_readonly{${ODD}} 1`,
      `gauge node_filesystem_size_bytes{${ODD}} 409600`,
      `gauge node_filesystem_free_bytes{${ODD}} 204800`,
      `gauge node_filesystem_avail_bytes{${ODD}} 163840`,
      `gauge node_filesystem_files{${ODD}} 10`,
      `gauge node_filesystem_files_free{${ODD}} 5`,
      `gauge node_filesystem_purgeable_bytes{${ODD}} 0`,
      'gauge node_filesystem_mount_info{device="/dev/sd\\\\040a",major="8",minor="1",mountpoint="/mnt/a b\\\\\\n\\"c\\""} 1',
    ],
  )
})

const device = (lines: readonly string[]): string[] =>
  lines
    .filter((line) => line.includes('_device_error{'))
    .map((line) => line.replace(/^.*mountpoint="([^"]*).*device_error="(.*)"} (.)$/, '$1: $2 $3'))

const PLAIN = 'filesystem: {mount_points_include: "^/$|^/mnt/(nfs|broken)$"}'

test('a mount that hangs is told of as such, and not asked again until it has answered', async () => {
  const { collect, asked, hanging, timeOut } = setUp({ '/host/mnt/nfs': 'hangs' }, PLAIN)
  const first = collect()
  await timeOut()
  assert.deepEqual(device(await first), ['/:  0', '/mnt/broken:  0', '/mnt/nfs: mountpoint timeout 1'])
  assert.deepEqual(device(await collect()), ['/:  0', '/mnt/broken:  0', '/mnt/nfs: mountpoint timeout 1'])
  assert.deepEqual(
    asked.filter((path) => path === '/host/mnt/nfs'),
    ['/host/mnt/nfs'],
  )
  hanging.get('/host/mnt/nfs')?.()
  await new Promise(setImmediate)
  const again = collect()
  await new Promise(setImmediate)
  hanging.get('/host/mnt/nfs')?.()
  assert.deepEqual(device(await again), ['/:  0', '/mnt/broken:  0', '/mnt/nfs:  0'])
})

test('disks behind one that hangs are told of as not asked, for a thread is all that they get', async () => {
  const { collect, timeOut } = setUp({ '/host/': 'hangs' }, PLAIN)
  const first = collect()
  await timeOut()
  const notAsked = '/mnt/broken: not asked: other mounts do not answer 1'
  assert.deepEqual(device(await first), ['/: mountpoint timeout 1', notAsked, '/mnt/nfs:  0'])
})

test('a mount that fails says why', async () => {
  const { collect } = setUp({ '/host/mnt/broken': errno('EACCES', -13), '/host/mnt/nfs': errno('ESTALE', -116) }, PLAIN)
  assert.deepEqual(device(await collect()), [
    '/:  0',
    '/mnt/broken: permission denied 1',
    '/mnt/nfs: stale NFS file handle 1',
  ])
})

test('where pid 1 is closed to the agent (hidepid=1) its own mounts count', async () => {
  const { collect, asked } = setUp({}, '', (path) => {
    if (path === '1/mountinfo') throw errno('EPERM', -1)
    return '30 1 8:1 / /host rw - ext4 /dev/sda1 rw\n31 30 8:2 / /host/data rw - ext4 /dev/sda2 rw\n'
  })
  assert.deepEqual(device(await collect()), ['/:  0', '/data:  0'])
  assert.deepEqual(asked, ['/host/', '/host/data'])
})

test('what is mounted, gone or read-only since is told of at the next look', async () => {
  const line = (place: string, options: string): string =>
    `36 35 98:0 / ${place} ${options} - ext4 /dev/sdz ${options}\n`
  let mounts = line('/a', 'rw')
  const { collect } = setUp({}, '', () => mounts)
  const seen = async (): Promise<string[]> =>
    (await collect())
      .filter((text) => text.includes('_readonly{'))
      .map((text) => text.replace(/.*mountpoint="([^"]*)".* /, '$1 '))
  assert.deepEqual(await seen(), ['/a 0'])
  assert.deepEqual(await seen(), ['/a 0'])
  mounts += line('/b', 'rw')
  assert.deepEqual(await seen(), ['/a 0', '/b 0'])
  mounts = line('/b', 'ro')
  assert.deepEqual(await seen(), ['/b 1'])
  mounts = ''
  assert.deepEqual(await seen(), [])
})
