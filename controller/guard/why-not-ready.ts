import type { Container, Node, Pod } from '../cluster.ts'
import type { Reason } from './reason.ts'

/** pkg/kubelet/images/types.go; SignatureValidationFailed and RegistryUnavailable from cri-api's pkg/errors. */
const IMAGE = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'ErrImageNeverPull',
  'ImageInspectError',
  'InvalidImageName',
  'RegistryUnavailable',
  'SignatureValidationFailed',
])
/** pkg/kubelet/kubelet_pods.go: what is said of a container while nothing has gone wrong yet. */
const UNDER_WAY = new Set(['', 'ContainerCreating', 'PodInitializing'])

const said = (reason: string, message: string): string => [reason, message].filter((text) => text !== '').join(': ')

/** What will not pass by waiting alone, of the first container that has it: init containers come first, as they run. */
const hardFault = (containers: readonly Container[]): Reason | undefined => {
  for (const { name, image, restarts, waiting, lastExit: exit } of containers) {
    if (!waiting || UNDER_WAY.has(waiting.reason)) continue
    const words = said(waiting.reason, waiting.message)
    if (waiting.reason === 'CrashLoopBackOff') return { kind: 'crash_loop', container: name, restarts, exit }
    if (IMAGE.has(waiting.reason)) return { kind: 'image_pull', container: name, image, words }
    return { kind: 'cannot_start', container: name, words }
  }
  return undefined
}

const mostRestarted = (containers: readonly Container[]): Container | undefined =>
  containers.reduce<Container | undefined>((most, c) => (most && most.restarts >= c.restarts ? most : c), undefined)

const notReady = ({ ready, containers }: Pod): Reason => {
  const worst = mostRestarted(containers)
  return {
    kind: 'not_ready',
    words: ready ? said(ready.reason, ready.message) : '',
    restarts: worst?.restarts ?? 0,
    exit: worst?.lastExit,
  }
}

const nodeWords = (node: Node): string => (node.ready ? said(node.ready.reason, node.ready.message) : 'it says nothing')

/** A live pod that is not Ready. What the containers say is old where the kubelet is silent, so there the node is the answer. */
export const whyNotReady = (pod: Pod, node: Node | undefined): Reason => {
  if (pod.nodeName === '') return { kind: 'pending', words: pod.scheduled?.message ?? '' }
  if (node?.ready?.status === 'Unknown') return { kind: 'node_not_ready', words: nodeWords(node) }
  const fault = hardFault(pod.containers)
  if (fault) return fault
  if (node && node.ready?.status !== 'True') return { kind: 'node_not_ready', words: nodeWords(node) }
  const making = pod.containers.filter(({ waiting }) => waiting)
  if (making.length > 0 || pod.containers.length === 0 || pod.phase === 'Pending')
    return { kind: 'creating', containers: making.map(({ name }) => name) }
  return notReady(pod)
}
