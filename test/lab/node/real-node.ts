import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Cluster } from '../kubernetes/cluster.ts'
import type { Component } from '../kubernetes/component.ts'
import { createContainerd } from './containerd.ts'
import { workloadArchive } from './images.ts'
import { createKubeProxy } from './kube-proxy.ts'
import { createKubelet } from './kubelet.ts'
import { type Machine, startMachine } from './machine.ts'

/** A machine with what makes it a node, in the cluster and Ready. */
export interface RealNode extends Machine {
  readonly kubelet: Component
  load(archive: string): void
}

export interface RealNodeOptions {
  readonly name: string
  /** From 1. */
  readonly number: number
  /** Archives of images that are there before its first pod. */
  readonly archives: readonly string[]
  /** Of the kubelet. */
  readonly args?: readonly string[]
}

export const startRealNode = async (cluster: Cluster, folder: string, options: RealNodeOptions): Promise<RealNode> => {
  const own = join(folder, options.name)
  mkdirSync(own)
  const machine = await startMachine(options.name, options.number, own)
  const containerd = createContainerd(machine)
  await containerd.component.start()
  for (const archive of [workloadArchive(), ...options.archives]) containerd.load(archive)
  const kubelet = createKubelet(cluster, machine, { endpoint: containerd.endpoint, args: options.args ?? [] })
  await Promise.all([createKubeProxy(cluster, machine).start(), kubelet.start()])
  return { ...machine, kubelet, load: containerd.load }
}
