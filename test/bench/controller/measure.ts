import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from '../../lab/kubernetes/cluster.ts'
import type { Component } from '../../lab/kubernetes/component.ts'
import { eventually } from '../../support/eventually.ts'
import { processFigures } from '../process-figures.ts'
import { clear, countPods, createDaemonSet } from './population.ts'

export interface LaunchResult {
  readonly seconds: number
  readonly cpuSeconds: number
  readonly peakResidentMb: number
}

export interface MemoryResult {
  readonly residentMb: number
  readonly anonymousMb: number
  readonly peakResidentMb: number
}

const LAUNCH_DEADLINE_MS = 1_200_000
const SETTLE_MS = 30_000

/** From the DaemonSet's POST until the last of its pods exists; the controller is up and has seen the nodes. */
export const launch = async (cluster: Cluster, controller: Component, nodes: number): Promise<LaunchResult> => {
  await controller.start()
  try {
    const before = processFigures(controller.pid)
    const startedMs = performance.now()
    await createDaemonSet(cluster)
    await eventually(`${nodes} pods`, async () => (await countPods(cluster)) >= nodes, LAUNCH_DEADLINE_MS)
    const seconds = (performance.now() - startedMs) / 1000
    const { cpuSeconds, peakResidentMb } = processFigures(controller.pid)
    return { seconds, cpuSeconds: cpuSeconds - before.cpuSeconds, peakResidentMb }
  } finally {
    await controller.stop('SIGTERM')
    await clear(cluster)
  }
}

const daemonSetIsSeen = async (cluster: Cluster, nodes: number): Promise<boolean> => {
  const path = '/apis/apps/v1/namespaces/bench/daemonsets/agent'
  const { status } = await cluster.ask<{ status: { currentNumberScheduled: number } }>('GET', path)
  return status.currentNumberScheduled === nodes
}

/** All pods there and counted in the status, and nobody at work any more. */
export const fill = async (cluster: Cluster, controller: Component, nodes: number): Promise<void> => {
  await controller.start()
  await createDaemonSet(cluster)
  await eventually('the status', () => daemonSetIsSeen(cluster, nodes), LAUNCH_DEADLINE_MS)
  await controller.stop('SIGTERM')
}

/** Started into a cluster in which everything is there, and left alone for a while. */
export const memory = async (cluster: Cluster, controller: Component, nodes: number): Promise<MemoryResult> => {
  await controller.start()
  try {
    await eventually('the status', () => daemonSetIsSeen(cluster, nodes), LAUNCH_DEADLINE_MS)
    await sleep(SETTLE_MS)
    const { residentMb, anonymousMb, peakResidentMb } = processFigures(controller.pid)
    return { residentMb, anonymousMb, peakResidentMb }
  } finally {
    await controller.stop('SIGTERM')
  }
}
