import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { join } from 'node:path'
import { eventually } from '../../support/eventually.ts'
import { SERVICES } from '../kubernetes/command-lines.ts'

/**
 * A machine of the lab: a mount, a network and a name of its own, with /var/log, /var/lib and /run of its own. What its kubelet mounts, routes and
 * filters is nobody else's, and is gone with its last process. It has no default route: nothing leaves.
 */
export interface Machine {
  readonly name: string
  readonly folder: string
  /** By which all others reach it. */
  readonly address: string
  readonly pods: { readonly range: string; readonly gateway: string }
  /** What stands before a program's arguments to start it there. */
  readonly enter: readonly string[]
  /** Runs a program there to its end; what it wrote. */
  run(argv: readonly string[]): string
  /** Its file, as this process sees it. */
  path(file: string): string
}

const BRIDGE = 'picket-lab'
/** This process, the control plane and Elasticsearch, as machines and pods see them. */
export const HOST_ADDRESS = '10.199.6.1'
/** Every network of the lab. */
export const EVERYTHING = '10.199.0.0/16'
/** Of all machines' pods. */
export const ALL_PODS = '10.199.16.0/20'
const MOST_MACHINES = 4

const addressOf = (number: number): string => `10.199.6.${10 + number}`
const podsOf = (number: number) => ({ range: `10.199.${16 + number}.0/24`, gateway: `10.199.${16 + number}.1` })

const ip = (line: string): void => void execFileSync('ip', line.split(' '), { stdio: ['ignore', 'ignore', 'pipe'] })

export const makeBridge = (): void => {
  ip(`link add ${BRIDGE} type bridge`)
  ip(`addr add ${HOST_ADDRESS}/24 dev ${BRIDGE}`)
  ip(`link set ${BRIDGE} up`)
}

/** And what leads to it, which goes with the machines, but a moment later: it may be gone by now. */
export const removeBridge = (): void => {
  const links = fs.readdirSync('/sys/class/net').filter((name) => name.startsWith(BRIDGE))
  for (const link of links) spawnSync('ip', ['link', 'del', link])
}

/** `make-rshared`: a volume that follows the host's mounts needs a source that tells of them (mount_namespaces(7)). */
const mounts = (folder: string): readonly string[] => [
  'mount --make-rshared /',
  ...['/var/log', '/var/lib', '/run'].map((own) => `mount --bind ${join(folder, own)} ${own}`),
]

const network = (number: number): readonly string[] => [
  'ip link set lo up',
  `ip addr add ${addressOf(number)}/24 dev eth0`,
  'ip link set eth0 up',
  // A packet to a Service has to have a way before kube-proxy may turn it.
  `ip route add ${SERVICES} dev eth0`,
  ...Array.from({ length: MOST_MACHINES }, (_, i) => i + 1)
    .filter((other) => other !== number)
    .map((other) => `ip route add ${podsOf(other).range} via ${addressOf(other)}`),
  'sysctl -qw net.ipv4.ip_forward=1',
]

const hold = async (folder: string): Promise<ChildProcess> => {
  // Its command line names the folder, by which what a killed run left is found.
  const mark = join(folder, 'machine')
  fs.writeFileSync(mark, '')
  const args = ['--mount', '--net', '--uts', '--propagation', 'private', 'tail', '-f', mark]
  const holder = spawn('unshare', args, { stdio: 'ignore' })
  const isApart = (): boolean =>
    fs.readFileSync(`/proc/${holder.pid}/comm`, 'utf8') === 'tail\n' &&
    fs.readlinkSync(`/proc/${holder.pid}/ns/net`) !== fs.readlinkSync('/proc/self/ns/net')
  await eventually('the machine has namespaces of its own', isApart)
  return holder
}

/** `number` from 1; its files are in `folder`. */
export const startMachine = async (name: string, number: number, folder: string): Promise<Machine> => {
  for (const own of ['/var/log', '/var/lib', '/run']) fs.mkdirSync(join(folder, own), { recursive: true })
  const { pid } = await hold(folder)
  const enter = ['nsenter', `--target=${pid}`, '--mount', '--net', '--uts', '--']
  const run: Machine['run'] = ([program = '', ...args]) =>
    execFileSync(enter[0] as string, [...enter.slice(1), program, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  ip(`link add ${BRIDGE}${number} type veth peer name eth0 netns ${pid}`)
  ip(`link set ${BRIDGE}${number} master ${BRIDGE} up`)
  run(['sh', '-ec', [`hostname ${name}`, ...mounts(folder), ...network(number)].join('\n')])
  const machine: Machine = {
    name,
    folder,
    address: addressOf(number),
    pods: podsOf(number),
    enter,
    run,
    path: (file) => join(`/proc/${pid}/root`, file),
  }
  ip(`route add ${machine.pods.range} via ${machine.address}`)
  return machine
}
