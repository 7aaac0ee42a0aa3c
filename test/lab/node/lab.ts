import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { eventually } from '../../support/eventually.ts'
import { type RunningServer, startElasticsearch } from '../elasticsearch/start.ts'
import { buildImages } from '../image/build-images.ts'
import { type Cluster, startApiServer } from '../kubernetes/cluster.ts'
import { REAL_NODES } from '../kubernetes/credentials.ts'
import { lockNodes, unlockNodes } from './lock.ts'
import { HOST_ADDRESS, makeBridge } from './machine.ts'
import { adminPrograms, type Programs } from './programs.ts'
import { type RealNode, startRealNode } from './real-node.ts'
import { sweep } from './sweep.ts'

/** A whole cluster: control plane and Elasticsearch on this machine, nodes with kubelet, kube-proxy and containerd on machines of their own. */
export interface NodeLab {
  readonly folder: string
  readonly cluster: Cluster
  readonly nodes: readonly [RealNode, RealNode]
  readonly server: RunningServer
  readonly programs: Programs
}

export const ELASTICSEARCH = { product: 'elasticsearch', version: '9.5.3' } as const
/** Nodes with it get agents. */
const NODE_LABELS = '--node-labels=lab/agents=yes'

const isKept = process.env.PICKET_LAB_KEEP === 'true'

const labFolder = (context: TestContext): string => {
  const folder = fs.mkdtempSync(join(tmpdir(), 'picket-lab-node-'))
  lockNodes(folder)
  let isSwept = false
  const end = (): void => {
    if (isSwept) return
    sweep(folder, { keepFiles: isKept })
    unlockNodes()
    isSwept = true
  }
  context.after(end)
  // A run that is cut short.
  process.once('exit', end)
  return folder
}

const startControlPlane = async (context: TestContext, folder: string): Promise<Cluster> => {
  const cluster = await startApiServer({ realNodesSee: HOST_ADDRESS, parent: folder })
  context.after(cluster.dispose)
  await Promise.all([cluster.controllerManager, cluster.scheduler].map((one) => one.start()))
  const account = '/api/v1/namespaces/default/serviceaccounts/default'
  await eventually('the default ServiceAccount', async () => (await cluster.call('GET', account)).status === 200)
  return cluster
}

const startServer = async (context: TestContext): Promise<RunningServer> => {
  const server = await startElasticsearch({ ...ELASTICSEARCH, plugin: true, address: HOST_ADDRESS })
  context.after(server.dispose)
  return server
}

const createNamespace = (cluster: Cluster, name: string): Promise<unknown> =>
  cluster.ask('POST', '/api/v1/namespaces', { metadata: { name } })

/** Where the lab's pods are. */
export const WORKLOADS = 'shop'

export const startNodeLab = async (context: TestContext): Promise<NodeLab> => {
  const folder = labFolder(context)
  const { archives } = buildImages(fs.mkdtempSync(join(folder, 'images-')))
  makeBridge()
  const [cluster, server] = await Promise.all([startControlPlane(context, folder), startServer(context)])
  await createNamespace(cluster, WORKLOADS)
  const nodes = await Promise.all(
    REAL_NODES.map((name, i) =>
      startRealNode(cluster, folder, { name, number: i + 1, archives: Object.values(archives), args: [NODE_LABELS] }),
    ),
  )
  return { folder, cluster, server, nodes: nodes as [RealNode, RealNode], programs: adminPrograms(cluster) }
}
