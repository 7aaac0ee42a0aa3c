import fs from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { freePorts } from '../elasticsearch/free-ports.ts'
import { ensureBuilt, etcd, helm, kubernetes, kwok, missingForBuild } from '../kubernetes/build.ts'
import { type Cluster, startCluster } from '../kubernetes/cluster.ts'
import { createNode } from '../kubernetes/nodes.ts'
import { createControllerAccount, createControllerNamespace } from '../kubernetes-controller/rights.ts'
import { onPath } from '../prometheus/programs.ts'
import type { Suite } from '../suite.ts'
import { alertChecks } from './alert-checks.ts'
import { chartChecks } from './chart-checks.ts'
import { dashboardChecks } from './dashboard-checks.ts'
import { discoveryCheck } from './discovery-check.ts'
import { startController } from './lab-controller.ts'
import { type Ports, startPrometheus } from './lab-prometheus.ts'
import { operatorCrds } from './operator-crds.ts'
import { kubectl, render, standing } from './release.ts'
import { rulesChecks } from './rules-checks.ts'
import { startTroubledAgent } from './troubled-agent.ts'

/** Of Debian's package prometheus. */
const PROGRAMS = ['prometheus', 'promtool']

/** Three nodes that take an agent and one that has no room for a pod. */
const createNodes = async (cluster: Cluster): Promise<void> => {
  for (const name of ['node-0', 'node-1', 'node-2']) await createNode(cluster, name)
  await createNode(cluster, 'node-full', { resources: { cpu: '1', memory: '1Gi', pods: '0' } })
}

/** The chart as it is, but for what needs the operator; its pods are KWOK's, and nobody answers there. */
const applyRelease = async (cluster: Cluster): Promise<void> => {
  const objects = standing(await render([], 'agent.rollout.kind=picket'))
  await kubectl(cluster, ['apply', '-f', '-'], objects)
}

const run = async (context: TestContext): Promise<void> => {
  await rulesChecks(context)
  const cluster = await startCluster()
  context.after(cluster.dispose)
  await createControllerNamespace(cluster)
  await chartChecks(context, cluster)
  await createNodes(cluster)
  await applyRelease(cluster)
  const [prometheusPort = 0, agent = 0, controller = 0, closedPort = 0] = await freePorts(4)
  const ports: Ports = { prometheus: prometheusPort, agent, controller }
  await startController(context, cluster, await createControllerAccount(cluster, 'guard'), controller)
  const prometheus = await startPrometheus(context, cluster, ports)
  const folder = join(cluster.folder, 'agent')
  fs.mkdirSync(folder)
  await startTroubledAgent(context, cluster, { folder, port: agent, closedPort })
  await discoveryCheck(context, cluster, prometheus)
  await dashboardChecks(context, prometheus)
  await alertChecks(context, prometheus)
}

/** What the chart brings for Prometheus and Grafana, on a real Prometheus, a real agent, a real controller and a real API server. */
export const monitoringSuite: Suite = {
  name: 'monitoring',
  missing: () => [
    ...PROGRAMS.filter((program) => !onPath(program)).map((program) => `there is no ${program} (Debian: prometheus)`),
    ...missingForBuild('Kubernetes, etcd, KWOK and Helm'),
  ],
  prepare: () => {
    for (const build of [etcd, helm, kubernetes, kwok]) ensureBuilt(build)
    operatorCrds()
  },
  run,
}
