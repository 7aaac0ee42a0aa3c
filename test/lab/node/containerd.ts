import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Component, createComponent } from '../kubernetes/component.ts'
import { PAUSE_IMAGE } from './images.ts'
import { EVERYTHING, type Machine } from './machine.ts'

/** Debian's containerd, runc and network plug-ins on a machine of the lab. */
export interface Containerd {
  readonly component: Component
  /** Of the runtime interface, as the kubelet wants it. */
  readonly endpoint: string
  /** Takes in an archive as `docker save` or `buildah push docker-archive:` makes it. */
  load(archive: string): void
}

const BIN_DIR = '/usr/lib/cni'
const CRI = 'plugins."io.containerd.grpc.v1.cri"'

/** `opt` would make /opt/containerd. Mounts of pods' networks stay in the state folder instead of /run/netns. */
const config = (folder: string, cni: string, socket: string): string => `version = 2
root = "${folder}/root"
state = "${folder}/state"
disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs"]
[grpc]
address = "${socket}"
[${CRI}]
restrict_oom_score_adj = true
disable_apparmor = true
netns_mounts_under_state_dir = true
sandbox_image = "${PAUSE_IMAGE}"
[${CRI}.containerd]
snapshotter = "overlayfs"
default_runtime_name = "runc"
[${CRI}.containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[${CRI}.containerd.runtimes.runc.options]
BinaryName = "/usr/sbin/runc"
SystemdCgroup = false
[${CRI}.cni]
bin_dir = "${BIN_DIR}"
conf_dir = "${cni}"
`

/** Pods reach the lab's networks and nothing else. `portmap` is what carries out hostPort. */
const network = ({ pods }: Machine): object => ({
  cniVersion: '0.4.0',
  name: 'picket-lab',
  plugins: [
    {
      type: 'bridge',
      bridge: 'cni0',
      isGateway: true,
      ipMasq: false,
      hairpinMode: true,
      ipam: { type: 'host-local', ranges: [[{ subnet: pods.range }]], routes: [{ dst: EVERYTHING }] },
    },
    { type: 'portmap', capabilities: { portMappings: true } },
  ],
})

export const createContainerd = (machine: Machine): Containerd => {
  const folder = join(machine.folder, 'containerd')
  const cni = join(machine.folder, 'cni')
  const socket = join(folder, 'containerd.sock')
  const configFile = join(machine.folder, 'containerd.toml')
  mkdirSync(cni)
  writeFileSync(configFile, config(folder, cni, socket))
  writeFileSync(join(cni, '10-lab.conflist'), JSON.stringify(network(machine)))
  const component = createComponent({
    name: `containerd of ${machine.name}`,
    command: () => [...machine.enter, 'containerd', `--config=${configFile}`],
    logFile: join(machine.folder, 'containerd.log'),
    ready: () => existsSync(socket) && isServing(machine, socket),
  })
  return {
    component,
    endpoint: `unix://${socket}`,
    load: (archive) =>
      void machine.run(['ctr', `--address=${socket}`, '--namespace=k8s.io', 'images', 'import', archive]),
  }
}

const isServing = (machine: Machine, socket: string): boolean => {
  machine.run(['ctr', `--address=${socket}`, '--namespace=k8s.io', 'version'])
  return true
}
