import fs from 'node:fs'
import https from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from '../../support/eventually.ts'
import { freePorts } from '../elasticsearch/free-ports.ts'
import { type Address, type ApiClient, createApiClient } from './api-client.ts'
import { type AuditEvent, readAuditLog, writeAuditPolicy } from './audit-log.ts'
import { type Build, ensureBuilt, etcd as etcdBuild, kubernetes, kwok as kwokBuild } from './build.ts'
import {
  apiServerArguments,
  clusterFiles,
  controllerManagerArguments,
  etcdArguments,
  kwokArguments,
  type Limits,
  type Ports,
  schedulerArguments,
} from './command-lines.ts'
import { type Component, createComponent } from './component.ts'
import { tokens, writeCredentials, writeKubeconfig } from './credentials.ts'
import { type KubeletClient, writeKubeletClient } from './kubelet-client.ts'

export interface ClusterOptions {
  /** Admission plug-ins that are off. */
  readonly disabledAdmission?: readonly string[]
  readonly audit?: boolean
  /** Of each controller and the scheduler. */
  readonly limits?: Limits
  /** For nodes with a kubelet, and pods that reach the API server: the address of this machine that they see it by. */
  readonly realNodesSee?: string
  /** In which its folder is made; else the system's for temporary files. */
  readonly parent?: string
}

/** Nobody renews the nodes' leases on KWOK: whether a node is Ready is what a test says. */
const NEVER_LOST = { silent: '1h', starting: '1h' } as const
/** Four of the kubelet's renewals in the lab. */
const SOON_LOST = { silent: '8s', starting: '60s' } as const

/** kube-controller-manager's own default. */
const DEFAULT_LIMITS: Limits = { qps: 20, burst: 30 }

/** An API server over etcd, and programs that are started one by one. On the loopback (or where real nodes see it), each on a port of its own. */
export interface Cluster extends ApiClient {
  readonly folder: string
  readonly host: string
  readonly port: number
  /** PEM file of the authority that signed the server's certificate. */
  readonly caFile: string
  /** What its API server shows to the kubelets of real nodes. */
  readonly kubeletClient: KubeletClient | undefined
  readonly etcdUrl: string
  readonly etcd: Component
  readonly apiServer: Component
  /** All of upstream's controllers but the one for DaemonSets; with real nodes all. */
  readonly controllerManager: Component
  /** kube-controller-manager with the DaemonSet controller alone; `builtIn(name)` is one of several of it that elect a leader. */
  builtIn(name?: string): Promise<Component>
  readonly scheduler: Component
  /** Plays kubelet on all nodes. */
  readonly kwok: Component
  /** SIGKILL (a polite end waits a minute for open watches) and start: its watch caches begin anew. */
  restartApiServer(): Promise<void>
  /** Path of a kubeconfig for this bearer token; `port`: of a relay before the server. */
  kubeconfig(name: string, token: string, port?: number): string
  audited(): AuditEvent[]
  /** Kills what runs, and removes the folder. */
  dispose(): Promise<void>
}

const portNames = ['etcd', 'etcdPeer', 'apiServer', 'controllerManager', 'scheduler'] as const

const choosePorts = async (): Promise<Ports> => {
  const ports = await freePorts(portNames.length)
  return Object.fromEntries(portNames.map((name, i) => [name, ports[i] ?? 0])) as unknown as Ports
}

/** Of the programs that make a certificate in memory, which nobody else sees. */
const isHealthy = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    https
      .get({ host: '127.0.0.1', port, path: '/healthz', rejectUnauthorized: false, agent: false }, (response) => {
        response.resume()
        resolve(response.statusCode === 200)
      })
      .on('error', () => resolve(false))
  })

const programOf = (build: Build, name: string): string => join(ensureBuilt(build), name)

export const createCluster = async (options: ClusterOptions = {}): Promise<Cluster> => {
  const folder = fs.mkdtempSync(join(options.parent ?? tmpdir(), 'picket-lab-kubernetes-'))
  const files = clusterFiles(folder)
  const ports = await choosePorts()
  const limits = options.limits ?? DEFAULT_LIMITS
  writeCredentials(folder)
  writeAuditPolicy(files.auditPolicy)
  const real = options.realNodesSee !== undefined
  const address: Address = { host: options.realNodesSee ?? '127.0.0.1', port: ports.apiServer }
  const client = createApiClient(address, tokens.admin, files.authority)
  const components: Component[] = []

  const kubeconfig: Cluster['kubeconfig'] = (name, token, port = ports.apiServer) =>
    writeKubeconfig(join(folder, `${name}.kubeconfig`), { ...address, port }, files.authority, token)

  const component = (name: string, build: Build, args: readonly string[], ready: () => Promise<boolean> | boolean) => {
    const command = () => [programOf(build, name.replace(/\..*/, '')), ...args]
    const made = createComponent({ name, command, logFile: join(folder, `${name}.log`), ready })
    components.push(made)
    return made
  }

  const controllerManagerOf = (name: string, port: number, controllers: string, more: readonly string[]): Component => {
    const config = kubeconfig('controller-manager', tokens.controllerManager)
    const settings = { limits, graces: real ? SOON_LOST : NEVER_LOST }
    const args = [...controllerManagerArguments(folder, config, port, controllers, settings), ...more]
    return component(name, kubernetes, args, () => isHealthy(port))
  }

  const etcd = component('etcd', etcdBuild, etcdArguments(folder, ports), () => true)
  const kubeletClient = real ? writeKubeletClient(folder) : undefined
  const serverOptions = {
    host: address.host,
    kubeletClient,
    disabledAdmission: options.disabledAdmission ?? [],
    audit: options.audit ?? false,
  }
  const apiServer = component(
    'kube-apiserver',
    kubernetes,
    apiServerArguments(folder, ports, serverOptions),
    async () =>
      (await client.call('GET', '/readyz')).status === 200 &&
      (await client.call('GET', '/api/v1/namespaces/default')).status === 200,
  )

  return {
    ...client,
    folder,
    ...address,
    caFile: files.authority,
    kubeletClient,
    etcdUrl: `http://127.0.0.1:${ports.etcd}`,
    etcd,
    apiServer,
    controllerManager: controllerManagerOf(
      'kube-controller-manager',
      ports.controllerManager,
      real ? '*' : '*,-daemonset-controller',
      ['--leader-elect=false'],
    ),
    builtIn: async (name) => {
      const [port = 0] = await freePorts(1)
      const elect = name === undefined ? ['--leader-elect=false'] : ['--leader-elect-resource-name=built-in']
      return controllerManagerOf(`kube-controller-manager.${name ?? 'daemonset'}`, port, 'daemonset-controller', elect)
    },
    scheduler: component(
      'kube-scheduler',
      kubernetes,
      schedulerArguments(kubeconfig('scheduler', tokens.scheduler), ports.scheduler, limits),
      () => isHealthy(ports.scheduler),
    ),
    kwok: component('kwok', kwokBuild, kwokArguments(kubeconfig('kwok', tokens.admin)), () => true),
    restartApiServer: async () => {
      await apiServer.stop()
      await apiServer.start()
    },
    kubeconfig,
    audited: () => readAuditLog(files.auditLog),
    dispose: async () => {
      client.close()
      for (const one of components.reverse()) await one.stop()
      if (process.env.PICKET_LAB_KEEP === 'true') console.log(`kept: ${folder}`)
      else fs.rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The API server and nothing else: pods are what the test says they are. */
export const startApiServer = async (options: ClusterOptions = {}): Promise<Cluster> => {
  const cluster = await createCluster(options)
  try {
    await cluster.etcd.start()
    await cluster.apiServer.start()
    return cluster
  } catch (error) {
    await cluster.dispose()
    throw error
  }
}

/** A cluster without a DaemonSet controller and without nodes; whichever nodes come later, kwok is their kubelet. */
export const startCluster = async (options: ClusterOptions = {}): Promise<Cluster> => {
  const cluster = await startApiServer(options)
  try {
    await Promise.all([cluster.controllerManager, cluster.scheduler, cluster.kwok].map((one) => one.start()))
    const account = '/api/v1/namespaces/default/serviceaccounts/default'
    await eventually('the default ServiceAccount', async () => (await cluster.call('GET', account)).status === 200)
    return cluster
  } catch (error) {
    await cluster.dispose()
    throw error
  }
}
