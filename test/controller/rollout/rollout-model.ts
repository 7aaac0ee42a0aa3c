import type {
  DaemonSet,
  DeletePod,
  Labels,
  Node,
  Observation,
  Pod,
  Revision,
  RolloutAction,
} from '../../../controller/cluster.ts'
import type { DataHealth } from '../../../controller/health/data-health.ts'
import { planRollout, type RolloutPlan } from '../../../controller/rollout/plan-rollout.ts'
import type { RolloutState } from '../../../controller/rollout/rollout-state.ts'
import { at, condition, containerOf, daemonSetOf, nodeOf, podOf, revisionOf } from '../../support/rollout-cluster.ts'

/** A cluster in which the built-in controller makes pods, and pods of `bad` images fail. One round is ten seconds. */
export interface RolloutModel {
  readonly nodes: readonly Node[]
  readonly pods: readonly Pod[]
  daemonSet(): DaemonSet
  state(): RolloutState | undefined
  /** Plans, and does what is planned. */
  plan(): RolloutPlan
  /** Ten seconds in which pods come up where `isSlow` does not hold them, and nodes die and return. */
  pass(isSlow: (node: string) => boolean, dead: ReadonlySet<string>): void
  /** A new controller takes over. */
  restart(): void
}

const NO_HEALTH: ReadonlyMap<string, DataHealth> = new Map()
const REVISIONS: readonly Revision[] = [revisionOf('v1', 1, 0), revisionOf('v2', 2, 100)]

const imageIn = ({ template }: Pick<DaemonSet, 'template'>): string =>
  /"image":"(\w+)"/.exec(JSON.stringify(template))?.[1] ?? ''

const annotated = (daemonSet: DaemonSet, changes: Readonly<Record<string, string | null>>): Labels =>
  Object.fromEntries(
    Object.entries({ ...daemonSet.annotations, ...changes }).filter(
      (entry): entry is [string, string] => entry[1] !== null,
    ),
  )

const broken: Partial<Pod> = {
  containers: [containerOf({ waiting: { reason: 'CrashLoopBackOff', message: '' } })],
}

export const rolloutModel = (names: readonly string[], annotations: Labels, isBad: boolean): RolloutModel => {
  let seconds = 200
  let daemonSet = daemonSetOf('v2', annotations)
  let complaint = ''
  let nodes = names.map((name) => nodeOf(name))
  let pods = names.map((name) => podOf(name, 'v1', 1))

  const observe = (): Observation => ({
    nowMs: at(seconds),
    daemonSet,
    nodes,
    pods,
    revisions: REVISIONS,
    satisfied: true,
    namespaceTerminating: false,
    backoff: new Map(),
  })
  const isDead = (name: string): boolean => nodes.find((node) => node.name === name)?.ready?.status !== 'True'

  const carryOut = (action: RolloutAction): void => {
    if (action.kind === 'delete_pod') pods = pods.filter((pod) => pod !== action.pod)
    else {
      daemonSet = { ...daemonSet, annotations: annotated(daemonSet, action.annotations) }
      if (action.kind === 'restore_template') daemonSet = { ...daemonSet, template: action.template }
    }
  }

  const recreate = (): void => {
    const missing = names.filter((name) => !isDead(name) && !pods.some(({ target }) => target === name))
    const made = missing.map((name) => podOf(name, imageIn(daemonSet), seconds, { ready: condition('False', seconds) }))
    pods = [...pods, ...made]
  }

  const grow = (pod: Pod, isSlow: (node: string) => boolean): Pod => {
    const name = pod.target as string
    if (isDead(name)) return pod.ready?.status === 'True' ? { ...pod, ready: condition('False', seconds) } : pod
    if (isBad && pod.labels['controller-revision-hash'] === 'v2') return { ...pod, ...broken }
    return pod.ready?.status === 'True' || isSlow(name) ? pod : { ...pod, ready: condition('True', seconds) }
  }

  return {
    get nodes() {
      return nodes
    },
    get pods() {
      return pods
    },
    daemonSet: () => daemonSet,
    state: () => {
      const text = daemonSet.annotations['picket.dev/rollout-state']
      return text === undefined ? undefined : (JSON.parse(text) as RolloutState)
    },
    plan: () => {
      const made = planRollout(observe(), NO_HEALTH, complaint)
      made.actions.forEach(carryOut)
      complaint = made.complaint
      return made
    },
    pass: (isSlow, dead) => {
      seconds += 10
      nodes = nodes.map((node) => ({ ...node, ready: condition(dead.has(node.name) ? 'Unknown' : 'True', 0) }))
      recreate()
      pods = pods.map((pod) => grow(pod, isSlow))
    },
    restart: () => {
      complaint = ''
    },
  }
}

export const deletesOf = (made: RolloutPlan): readonly DeletePod[] =>
  made.actions.filter((action) => action.kind === 'delete_pod')
