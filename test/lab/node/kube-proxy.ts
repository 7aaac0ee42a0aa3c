import { join } from 'node:path'
import { ensureBuilt, kubernetes } from '../kubernetes/build.ts'
import type { Cluster } from '../kubernetes/cluster.ts'
import { type Component, createComponent } from '../kubernetes/component.ts'
import { tokens } from '../kubernetes/credentials.ts'
import { ALL_PODS, type Machine } from './machine.ts'

/** Ready once it has written its first table. */
export const createKubeProxy = (cluster: Cluster, machine: Machine): Component => {
  const kubeconfig = cluster.kubeconfig('kube-proxy', tokens.proxy)
  return createComponent({
    name: `kube-proxy of ${machine.name}`,
    command: () => [
      ...machine.enter,
      join(ensureBuilt(kubernetes), 'kube-proxy'),
      `--kubeconfig=${kubeconfig}`,
      '--proxy-mode=nftables',
      `--hostname-override=${machine.name}`,
      `--cluster-cidr=${ALL_PODS}`,
      `--bind-address=${machine.address}`,
      // What it would set otherwise belongs to the whole machine.
      '--conntrack-max-per-core=0',
      '--conntrack-tcp-timeout-established=0',
      '--conntrack-tcp-timeout-close-wait=0',
      '--metrics-bind-address=127.0.0.1:10249',
      '--healthz-bind-address=127.0.0.1:10256',
    ],
    logFile: join(machine.folder, 'kube-proxy.log'),
    ready: () => machine.run(['nft', 'list', 'tables']).includes('kube-proxy'),
  })
}
