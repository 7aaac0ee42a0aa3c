import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { withFolder, writeConfig } from '../support/agent-process.ts'
import { eventually } from '../support/eventually.ts'

const LAUNCHER = join(import.meta.dirname, '../../bin/picket.mjs')
const NAMESPACES = ['--net', '--uts', '--mount', '--propagation', 'private']
const mayUnshare = spawnSync('unshare', [...NAMESPACES, '--pid', '--fork', '--mount-proc', 'true']).status === 0

/** What a container runtime does for a pod without hostNetwork and hostPID, with the three mounts of docs/metrics.md. */
const POD = `
mount --rbind /proc "$1/proc" && mount --rbind /sys "$1/sys" && mount --rbind / "$1/root" && mount -t tmpfs own "$1/own" &&
hostname pod &&
exec unshare --pid --fork --kill-child --mount-proc "$2" "$3" --config "$4"
`

interface NodeDocument {
  readonly event: { readonly dataset: string }
  readonly host: { readonly name: string; readonly ip?: readonly string[]; readonly os: { readonly name?: string } }
  readonly system?: {
    readonly network?: { readonly name: string }
    readonly filesystem?: { readonly mount_point: string }
  }
}

const documentsIn = (path: string): NodeDocument[] =>
  existsSync(path)
    ? readFileSync(path, 'utf8')
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line))
    : []

const lookFrom = async (folder: string): Promise<NodeDocument[]> => {
  const config = writeConfig(
    folder,
    `state_dir: ${folder}/state
node: { name: node-7 }
sources: { node: { kind: metrics, period: 1s, sets: [filesystem, network] } }
metrics: { procfs: "${folder}/proc", sysfs: "${folder}/sys", rootfs: "${folder}/root" }
outputs: { file: { kind: file, path: "${folder}/out.ndjson", buffer: { flush_interval: 50ms } } }
server: { listen: "off", page: "off" }
`,
  )
  for (const name of ['proc', 'sys', 'root', 'own']) mkdirSync(join(folder, name))
  const script = ['sh', '-c', POD, 'sh', folder, process.execPath, LAUNCHER, config]
  const pod = spawn('unshare', [...NAMESPACES, ...script], { stdio: 'ignore', cwd: folder })
  const ended = once(pod, 'exit')
  try {
    return await eventually('a look of a pod', () => {
      const found = documentsIn(join(folder, 'out.ndjson'))
      return found.some(({ system }) => system?.network) ? found : undefined
    })
  } finally {
    pod.kill('SIGKILL')
    await ended
  }
}

test('in a pod without hostNetwork and hostPID the node is seen, not the pod', { skip: !mayUnshare }, () =>
  withFolder(async (folder) => {
    const found = await lookFrom(folder)
    const node = readFileSync('/proc/1/net/dev', 'utf8').split('\n').slice(2, -1)
    assert.deepEqual(
      found.flatMap(({ system }) => system?.network?.name ?? []),
      node.map((line) => line.slice(0, line.lastIndexOf(':')).trim()),
    )
    const mounts = found.flatMap(({ system }) => system?.filesystem?.mount_point ?? [])
    assert.deepEqual(
      mounts.filter((mount) => mount.startsWith(folder)),
      [],
      'mounts of the pod',
    )
    const osName = /^NAME="?([^"\n]*)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1]
    assert.deepEqual([found[0]?.host.name, found[0]?.host.os.name], ['node-7', osName])
  }),
)
