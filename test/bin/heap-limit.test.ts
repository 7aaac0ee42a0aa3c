import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import test from 'node:test'
import { heapMebibytes, memoryLimitBytes, withHeapLimit } from '../../bin/heap-limit.mjs'
import { AGENT_HEAP, CONTROLLER_HEAP, FLAGS } from '../../bin/node-settings.mjs'

const MIB = 1024 * 1024

test('V8’s heap follows the container’s memory limit', () => {
  const agent = {
    none: 96,
    16: 32,
    128: 32,
    136: 32,
    160: 56,
    200: 96,
    201: 96,
    256: 124,
    512: 252,
    1024: 508,
    8192: 512,
  }
  const controller = { none: 512, 64: 64, 192: 64, 256: 128, 512: 384, 640: 512, 1024: 704, 65536: 2048 }
  const of = (heap: typeof AGENT_HEAP, wanted: Readonly<Record<string, number>>) =>
    Object.fromEntries(
      Object.keys(wanted).map((limit) => [
        limit,
        heapMebibytes(heap, limit === 'none' ? undefined : Number(limit) * MIB),
      ]),
    )
  assert.deepEqual([of(AGENT_HEAP, agent), of(CONTROLLER_HEAP, controller)], [agent, controller])
})

test('one flag sets it, and none where NODE_OPTIONS says it', () => {
  const others = FLAGS.filter((flag) => !flag.includes('old-space-size=96'))
  const fitted = (nodeOptions?: string) => withHeapLimit(FLAGS, AGENT_HEAP, 256 * MIB, nodeOptions)
  for (const options of [undefined, '', '--no-warnings', '--max-semi-space-size=4', '--stack-size=900'])
    assert.deepEqual(fitted(options), [...others, '--max-old-space-size=124'], String(options))
  for (const options of [
    '--max-old-space-size=300',
    '--no-warnings --max_old_space_size=300',
    '--max-heap-size=300',
    '--max-old-space-size-percentage=40',
  ])
    assert.deepEqual(fitted(options), others, options)
})

test('a limit in NODE_OPTIONS wins over ours', () => {
  const script = 'console.log(v8.getHeapStatistics().heap_size_limit / 1048576)'
  const NODE_OPTIONS = '--max-old-space-size=300'
  const heapOf = (flags: readonly string[]) =>
    Number(
      execFileSync(process.execPath, [...flags, '-e', script], {
        env: { ...process.env, NODE_OPTIONS },
        encoding: 'utf8',
      }),
    )
  const ours = heapOf(FLAGS)
  // The young generation is in it.
  assert.ok(ours < 150, `${ours} MiB`)
  assert.equal(heapOf(withHeapLimit(FLAGS, AGENT_HEAP, undefined, NODE_OPTIONS)), ours - 96 + 300)
})

const NO_LIMIT = '9223372036854771712\n'
const V1 = '12:pids:/kubepods/pod1/c1\n4:cpu,memory:/kubepods/pod1/c1\n1:name=systemd:/kubepods/pod1/c1\n0::/x\n'
const v1 = '/sys/fs/cgroup/memory'
const v2 = '/sys/fs/cgroup'

const MACHINES: Readonly<
  Record<string, { readonly files: Readonly<Record<string, string>>; readonly limit?: number }>
> = {
  'no /proc at all': { files: {} },
  'version 2, a container with a cgroup namespace': {
    files: { '/proc/self/cgroup': '0::/\n', [`${v2}/memory.max`]: '209715200\n' },
    limit: 200 * MIB,
  },
  'version 2, no limit': { files: { '/proc/self/cgroup': '0::/\n', [`${v2}/memory.max`]: 'max\n' } },
  'version 2, a container without a cgroup namespace': {
    files: { '/proc/self/cgroup': '0::/kubepods.slice/pod1.slice/c1.scope\n', [`${v2}/memory.max`]: '209715200\n' },
    limit: 200 * MIB,
  },
  'version 2, a systemd unit in a slice that is tighter': {
    files: {
      '/proc/self/cgroup': '0::/system.slice/picket.service\n',
      [`${v2}/system.slice/picket.service/memory.max`]: '1073741824\n',
      [`${v2}/system.slice/memory.max`]: '268435456\n',
    },
    limit: 256 * MIB,
  },
  'version 2, a unit without a limit in a slice with one': {
    files: {
      '/proc/self/cgroup': '0::/system.slice/picket.service\n',
      [`${v2}/system.slice/picket.service/memory.max`]: 'max\n',
      [`${v2}/system.slice/memory.max`]: '268435456\n',
    },
    limit: 256 * MIB,
  },
  'version 1, a container (its own cgroup is mounted as the root)': {
    files: { '/proc/self/cgroup': V1, [`${v1}/memory.limit_in_bytes`]: '134217728\n' },
    limit: 128 * MIB,
  },
  'version 1, on the node itself': {
    files: {
      '/proc/self/cgroup': V1,
      [`${v1}/memory.limit_in_bytes`]: NO_LIMIT,
      [`${v1}/kubepods/memory.limit_in_bytes`]: NO_LIMIT,
      [`${v1}/kubepods/pod1/memory.limit_in_bytes`]: '536870912\n',
      [`${v1}/kubepods/pod1/c1/memory.limit_in_bytes`]: '209715200\n',
    },
    limit: 200 * MIB,
  },
  'version 1, no limit': { files: { '/proc/self/cgroup': V1, [`${v1}/memory.limit_in_bytes`]: NO_LIMIT } },
  'a path with a colon, and one that leads nowhere': {
    files: { '/proc/self/cgroup': '0::/a:b/../..\nnonsense\n', [`${v2}/memory.max`]: '209715200\n' },
    limit: 200 * MIB,
  },
}

test('the memory limit is that of the tightest cgroup around the process', (context) => {
  for (const [machine, { files, limit }] of Object.entries(MACHINES)) {
    const root = mkdtempSync(join(tmpdir(), 'picket-cgroup-'))
    context.after(() => rmSync(root, { recursive: true, force: true }))
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, file)), { recursive: true })
      writeFileSync(join(root, file), text)
    }
    assert.equal(memoryLimitBytes(root), limit, machine)
  }
})
