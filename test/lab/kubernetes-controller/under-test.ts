import http from 'node:http'
import { join } from 'node:path'
import { freePorts } from '../elasticsearch/free-ports.ts'
import type { Cluster } from '../kubernetes/cluster.ts'
import { type Component, createComponent } from '../kubernetes/component.ts'

/** A DaemonSet controller that the lab judges: ours, or upstream's own as the anchor. */
export interface UnderTest {
  readonly name: 'picket-controller' | 'kube-controller-manager'
  /** As whom it speaks to the API server. */
  readonly user: string
  /** Not started yet; replicas of one cluster elect a leader among them. */
  replica(name: string, more?: readonly string[]): Promise<Component>
}

const PROJECT = join(import.meta.dirname, '../../..')
export const NAMESPACE = 'picket-system'
export const ACCOUNT = 'picket-controller'

/** The one place that knows how the controller is started. */
const commandLine = (kubeconfig: string, listen: string, more: readonly string[]): string[] => [
  process.execPath,
  join(PROJECT, 'controller', 'main.ts'),
  `--kubeconfig=${kubeconfig}`,
  `--listen=${listen}`,
  `--lease-namespace=${NAMESPACE}`,
  ...more,
]

const answers = (port: number, path: string): Promise<boolean> =>
  new Promise((resolve) => {
    http
      .get({ host: '127.0.0.1', port, path, agent: false }, (response) => {
        response.resume()
        resolve(response.statusCode === 200)
      })
      .on('error', () => resolve(false))
  })

export interface OurOptions {
  /** Of a kubeconfig with the ServiceAccount's token. */
  readonly kubeconfig: string
  readonly mode: 'primary' | 'guard'
}

export const ours = (cluster: Cluster, { kubeconfig, mode }: OurOptions): UnderTest => ({
  name: 'picket-controller',
  user: `system:serviceaccount:${NAMESPACE}:${ACCOUNT}`,
  replica: async (name, more = []) => {
    const [port = 0] = await freePorts(1)
    return createComponent({
      name,
      command: () => commandLine(kubeconfig, `127.0.0.1:${port}`, [`--mode=${mode}`, ...more]),
      logFile: join(cluster.folder, `${name}.log`),
      ready: () => answers(port, '/readyz'),
    })
  },
})

export const upstreams = (cluster: Cluster): UnderTest => ({
  name: 'kube-controller-manager',
  user: 'system:serviceaccount:kube-system:daemon-set-controller',
  replica: (name) => cluster.builtIn(name),
})

/** PICKET_LAB_ANCHOR=true puts upstream's controller in our place: what fails then is the lab's fault. */
export const isAnchor = process.env.PICKET_LAB_ANCHOR === 'true'
