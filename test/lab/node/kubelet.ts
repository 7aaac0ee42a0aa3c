import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ensureBuilt, kubernetes } from '../kubernetes/build.ts'
import type { Cluster } from '../kubernetes/cluster.ts'
import { type Component, createComponent } from '../kubernetes/component.ts'
import { nodeToken } from '../kubernetes/credentials.ts'
import { makeCgroup } from './cgroups.ts'
import type { Machine } from './machine.ts'

/** Logs are rotated every 3 s, the shortest interval there is, where a pod writes 175 kB/s or more; the last half minute is kept. */
const LOGS = {
  containerLogMaxSize: '512Ki',
  containerLogMaxFiles: 9,
  containerLogMonitorInterval: '3s',
  containerLogMaxWorkers: 2,
}

/** The kubelet runs what manifests lie here. */
export const staticPodFolder = ({ folder }: Machine): string => join(folder, 'manifests')

const config = (machine: Machine, endpoint: string, clientAuthority: string): object => ({
  apiVersion: 'kubelet.config.k8s.io/v1beta1',
  kind: 'KubeletConfiguration',
  address: machine.address,
  readOnlyPort: 0,
  containerRuntimeEndpoint: endpoint,
  cgroupDriver: 'cgroupfs',
  cgroupRoot: makeCgroup(machine.name),
  // The lab runs where there is no version 2 yet as well.
  failCgroupV1: false,
  failSwapOn: false,
  authentication: {
    anonymous: { enabled: false },
    webhook: { enabled: false },
    x509: { clientCAFile: clientAuthority },
  },
  authorization: { mode: 'AlwaysAllow' },
  staticPodPath: staticPodFolder(machine),
  ...LOGS,
  // Images are there, or nowhere.
  imageGCHighThresholdPercent: 100,
  evictionHard: { 'memory.available': '50Mi', 'nodefs.available': '1%', 'imagefs.available': '1%' },
  localStorageCapacityIsolation: false,
  makeIPTablesUtilChains: false,
  // So that the node controller, which waits for 8 s, sees early what has become of it.
  nodeLeaseDurationSeconds: 8,
  nodeStatusUpdateFrequency: '2s',
  clusterDomain: 'cluster.local',
  // There is no cluster DNS: names are those of /etc/hosts, and pods get addresses.
  resolvConf: '/dev/null',
  maxPods: 30,
})

export interface KubeletOptions {
  readonly endpoint: string
  /** Further arguments: labels, taints. */
  readonly args: readonly string[]
}

/** Ready once its node is. */
export const createKubelet = (cluster: Cluster, machine: Machine, { endpoint, args }: KubeletOptions): Component => {
  mkdirSync(staticPodFolder(machine))
  const configFile = join(machine.folder, 'kubelet.json')
  writeFileSync(configFile, JSON.stringify(config(machine, endpoint, cluster.kubeletClient?.certificate ?? '')))
  const kubeconfig = cluster.kubeconfig(machine.name, nodeToken(machine.name))
  return createComponent({
    name: `kubelet of ${machine.name}`,
    command: () => [
      ...machine.enter,
      join(ensureBuilt(kubernetes), 'kubelet'),
      `--config=${configFile}`,
      `--kubeconfig=${kubeconfig}`,
      `--hostname-override=${machine.name}`,
      `--node-ip=${machine.address}`,
      `--root-dir=${join(machine.folder, 'kubelet')}`,
      `--cert-dir=${join(machine.folder, 'kubelet-certs')}`,
      ...args,
    ],
    logFile: join(machine.folder, 'kubelet.log'),
    ready: () => isReady(cluster, machine.name),
  })
}

interface NodeStatus {
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
}

export const isReady = async (cluster: Cluster, node: string): Promise<boolean> => {
  const { status } = await cluster.ask<NodeStatus>('GET', `/api/v1/nodes/${node}`)
  return status.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') ?? false
}
