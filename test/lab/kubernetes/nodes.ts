import type { ApiClient } from './api-client.ts'

export interface Taint {
  readonly key: string
  readonly value?: string
  readonly effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute'
}

export interface NodeOptions {
  readonly labels?: Readonly<Record<string, string>>
  readonly taints?: readonly Taint[]
  readonly unschedulable?: boolean
  readonly resources?: Readonly<Record<string, string>>
}

const RESOURCES = { cpu: '32', memory: '256Gi', pods: '110' }

/** A condition as the kubelet reports it, now. */
export const readyCondition = (status: 'True' | 'False', message = 'kubelet is posting ready status'): object => ({
  type: 'Ready',
  status,
  reason: status === 'True' ? 'KubeletReady' : 'KubeletNotReady',
  message,
  lastHeartbeatTime: new Date().toISOString(),
  lastTransitionTime: new Date().toISOString(),
})

/** Ready from its first moment: the API server keeps the status that a Node is created with. */
export const nodeBody = (name: string, options: NodeOptions = {}): object => {
  const resources = options.resources ?? RESOURCES
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', ...options.labels } },
    spec: { taints: options.taints ?? [], unschedulable: options.unschedulable ?? false },
    status: {
      phase: 'Running',
      conditions: [readyCondition('True')],
      addresses: [
        { type: 'InternalIP', address: '127.0.0.1' },
        { type: 'Hostname', address: name },
      ],
      capacity: resources,
      allocatable: resources,
    },
  }
}

export const createNode = (api: ApiClient, name: string, options: NodeOptions = {}): Promise<unknown> =>
  api.ask('POST', '/api/v1/nodes', nodeBody(name, options))
