import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Layout } from './layout.ts'

export interface ContainerOptions {
  /** Its host name; one of its kind at a time. */
  readonly name: string
  /** A folder of its own. */
  readonly folder: string
  readonly image: Layout
  /** The image's files, unpacked. */
  readonly root: string
  /** Instead of the image's CMD. */
  readonly args: readonly string[]
  readonly memoryBytes?: number
  /** The machine's network instead of one that has only a loopback. */
  readonly hostNetwork?: true
  readonly env?: Readonly<Record<string, string>>
  /** Of this machine, by where the container has it. */
  readonly mounts?: Readonly<Record<string, { readonly from: string; readonly writable?: true }>>
}

export interface Container {
  /** Its first process, as this machine numbers it. */
  pid(): number
  output(): string
  /** Its exit code, after SIGTERM to its first process. */
  stop(): Promise<number | null>
  /** Its exit code, when it ends by itself. */
  readonly ended: Promise<number | null>
  /** Kills what still runs. */
  remove(): Promise<void>
}

const NAMESPACES = ['pid', 'ipc', 'uts', 'mount']

const systemMounts = [
  { destination: '/proc', type: 'proc', source: 'proc' },
  { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'mode=755', 'size=65536k'] },
  { destination: '/sys', type: 'sysfs', source: 'sysfs', options: ['nosuid', 'noexec', 'nodev', 'ro'] },
  { destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options: ['nosuid', 'noexec', 'nodev', 'ro'] },
]

/** A user without a name in the image is fine: numbers are all that the kernel knows. */
const userOf = (text: string): { readonly uid: number; readonly gid: number } => {
  const [uid = 0, gid = 0] = text.split(':').map(Number)
  return { uid, gid }
}

/** The runtime's configuration (OCI runtime specification): as the chart's security context has it, and no more rights than that. */
const runtimeConfig = ({ name, image: { config }, ...options }: ContainerOptions) => ({
  ociVersion: '1.0.2',
  process: {
    terminal: false,
    user: userOf(config.User),
    args: [...config.Entrypoint, ...options.args],
    env: [...config.Env, ...Object.entries(options.env ?? {}).map(([key, value]) => `${key}=${value}`)],
    cwd: config.WorkingDir,
    capabilities: {},
    noNewPrivileges: true,
  },
  root: { path: options.root, readonly: true },
  hostname: name,
  mounts: [
    ...systemMounts,
    ...Object.entries(options.mounts ?? {}).map(([destination, { from, writable }]) => ({
      destination,
      type: 'bind',
      source: from,
      options: ['rbind', 'nosuid', 'nodev', writable ? 'rw' : 'ro'],
    })),
  ],
  linux: {
    // One level: runc takes away what it made, and no parent of it.
    cgroupsPath: `/picket-lab-${process.pid}-${name}`,
    resources: {
      devices: [{ allow: false, access: 'rwm' }],
      ...(options.memoryBytes === undefined ? {} : { memory: { limit: options.memoryBytes } }),
    },
    namespaces: [...NAMESPACES, ...(options.hostNetwork ? [] : ['network'])].map((type) => ({ type })),
  },
})

/** Runs an image by runc alone: one container, read-only, without a capability, on a network of its own. */
export const startContainer = (options: ContainerOptions): Container => {
  const { name, folder } = options
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'config.json'), JSON.stringify(runtimeConfig(options)))
  const words = ['--root', join(folder, 'runc')]
  const runc = (...args: readonly string[]): string =>
    execFileSync('runc', [...words, ...args], { encoding: 'utf8', stdio: 'pipe' })
  const child = spawn('runc', [...words, 'run', '--bundle', folder, name], { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text))
  const ended = once(child, 'close').then(([code]) => code as number | null)
  return {
    pid: () => JSON.parse(runc('state', name)).pid,
    output: () => output,
    stop: () => {
      // runc passes it on.
      child.kill('SIGTERM')
      return ended
    },
    ended,
    remove: async () => {
      // Not by killing runc, which would leave the container behind.
      runc('delete', '--force', name)
      await ended
    },
  }
}
