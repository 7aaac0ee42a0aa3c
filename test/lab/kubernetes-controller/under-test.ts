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
  replica(name: string, options?: ReplicaOptions): Promise<Component>
}

export interface ReplicaOptions {
  /** Of ours, behind those that the lab gives. */
  readonly flags?: readonly string[]
  /** Its start waits for nothing but an answer; else until it leads and has seen the cluster. */
  readonly standby?: boolean
}

const PROJECT = join(import.meta.dirname, '../../..')
export const NAMESPACE = 'picket-system'
/** Each mode has a ServiceAccount of its own, with the rights that it needs. */
export const accountOf = (mode: 'primary' | 'guard' | 'cleanup'): string => `picket-${mode}`

/** From its sources, as a clone starts it. */
const LAUNCHER = [process.execPath, join(PROJECT, 'bin', 'picket-controller.mjs')]

const flagsOf = (kubeconfig: string, listen: string, more: readonly string[]): string[] => [
  `--kubeconfig=${kubeconfig}`,
  `--listen=${listen}`,
  `--lease-namespace=${NAMESPACE}`,
  // Ten seconds at each start; the check that is about it turns it on again.
  '--probe=off',
  ...more,
]

const stageOf = async (port: number): Promise<string> => {
  const response = await fetch(`http://127.0.0.1:${port}/readyz`)
  return ((await response.json()) as { stage: string }).stage
}

export interface OurOptions {
  /** Of a kubeconfig with the ServiceAccount's token. */
  readonly kubeconfig: string
  readonly mode: 'primary' | 'guard'
  /** What is started instead of the launcher. */
  readonly program?: readonly string[]
}

export const ours = (cluster: Cluster, { kubeconfig, mode, program = LAUNCHER }: OurOptions): UnderTest => ({
  name: 'picket-controller',
  user: `system:serviceaccount:${NAMESPACE}:${accountOf(mode)}`,
  replica: async (name, { flags = [], standby = false } = {}) => {
    const [port = 0] = await freePorts(1)
    return createComponent({
      name,
      command: () => [...program, ...flagsOf(kubeconfig, `127.0.0.1:${port}`, [`--mode=${mode}`, ...flags])],
      logFile: join(cluster.folder, `${name}.log`),
      ready: async () => {
        const stage = await stageOf(port)
        return stage === 'leading' || (standby && stage === 'standby')
      },
    })
  },
})

/** Beside ours one of it is enough, and it need not wait for the lease of one before it: it does not release that. */
export const builtInAlone = (cluster: Cluster): UnderTest => ({
  ...upstreams(cluster),
  replica: () => cluster.builtIn(),
})

export const upstreams = (cluster: Cluster): UnderTest => ({
  name: 'kube-controller-manager',
  user: 'system:serviceaccount:kube-system:daemon-set-controller',
  replica: (name) => cluster.builtIn(name),
})

/** PICKET_LAB_ANCHOR=true puts upstream's controller in our place: what fails then is the lab's fault. */
export const isAnchor = process.env.PICKET_LAB_ANCHOR === 'true'
