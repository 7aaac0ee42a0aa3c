import type {
  BackoffEntry,
  ClaimAction,
  DaemonSet,
  HistoryAction,
  JsonObject,
  Node,
  Observation,
  Plan,
  Pod,
  PodAction,
  Revision,
} from '../../../controller/cluster.ts'
import { planDaemonSet } from '../../../controller/plan/plan-daemon-set.ts'
import { podTarget } from '../../../controller/plan/pod-target.ts'
import { revisionHash } from '../../../controller/plan/revision-data.ts'
import { condition, daemonSet, NAMESPACE, OURS, START_MS } from './cluster-objects.ts'

const HASH = 'controller-revision-hash'

/**
 * A cluster in memory, which does what a plan says at once, and what else happens in a cluster only when it is told to. Pods that it
 * creates are named after their node and counted there: `node-3.2`.
 */
export class Simulator {
  set: DaemonSet
  nowMs = START_MS
  readonly nodes = new Map<string, Node>()
  readonly pods = new Map<string, Pod>()
  readonly revisions = new Map<string, Revision>()
  readonly backoff = new Map<string, BackoffEntry>()
  /** What each pod that was created is made from. */
  readonly bodies = new Map<string, JsonObject>()
  /** Deleted pods stay, terminating, until `bury`. */
  lingering = false
  #made = 0
  readonly #madeOn = new Map<string, number>()

  constructor(fields: Partial<DaemonSet> = {}, nodes: readonly Node[] = [], pods: readonly Pod[] = []) {
    this.set = daemonSet(fields)
    for (const node of nodes) this.nodes.set(node.name, node)
    for (const pod of pods) this.pods.set(pod.name, pod)
  }

  get hash(): string {
    return revisionHash(this.set)
  }

  observe(fields: Partial<Observation> = {}): Observation {
    return {
      nowMs: this.nowMs,
      daemonSet: this.set,
      nodes: [...this.nodes.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
      pods: [...this.pods.values()],
      revisions: [...this.revisions.values()],
      satisfied: true,
      namespaceTerminating: false,
      backoff: this.backoff,
      ...fields,
    }
  }

  /** A plan, carried out: `+node-1` a pod created for it, `-name` a pod deleted, `!Reason` an event. */
  turn(): string[] {
    const plan = planDaemonSet(this.observe())
    this.apply(plan)
    return [
      ...plan.pods.map((action) => (action.kind === 'create_pod' ? `+${action.node}` : `-${action.pod.name}`)),
      ...plan.events.map(({ reason }) => `!${reason}`),
    ]
  }

  apply(plan: Plan): void {
    for (const action of plan.claims) this.#claim(action)
    for (const action of plan.history) this.#history(action)
    for (const action of plan.pods) this.#pod(action)
    for (const action of plan.cleanup) this.#history(action)
    if (plan.status) this.set = { ...this.set, status: { ...this.set.status, ...plan.status } }
    for (const [key, entry] of plan.backoff) this.backoff.set(key, entry)
  }

  /** A change of the spec, as by a user. */
  change(fields: Partial<DaemonSet>): void {
    this.set = { ...this.set, ...fields, generation: this.set.generation + 1 }
  }

  changePod(name: string, fields: Partial<Pod>): void {
    const pod = this.pods.get(name)
    if (pod) this.pods.set(name, { ...pod, ...fields })
  }

  changeNode(name: string, fields: Partial<Node>): void {
    const node = this.nodes.get(name)
    if (node) this.nodes.set(name, { ...node, ...fields })
  }

  /** Binds and starts pods that are not ready yet, and returns their names. */
  makeReady(which: (pod: Pod) => boolean = () => true): string[] {
    const chosen = [...this.pods.values()].filter((pod) => pod.ready?.status !== 'True' && which(pod))
    for (const pod of chosen)
      this.changePod(pod.name, {
        nodeName: pod.target ?? '',
        phase: 'Running',
        ready: condition('True', this.nowMs),
      })
    return chosen.map(({ name }) => name)
  }

  /** The kubelet's and the pod garbage collector's part: terminating pods end, and pods whose node is gone. */
  bury(): void {
    for (const pod of this.pods.values())
      if (pod.deletedMs !== undefined || (pod.nodeName !== '' && !this.nodes.has(pod.nodeName)))
        this.pods.delete(pod.name)
  }

  #claim(action: ClaimAction): void {
    const owner = action.kind.startsWith('adopt') ? OURS : undefined
    if ('pod' in action) this.changePod(action.pod.name, { owner })
    else this.revisions.set(action.revision.name, { ...action.revision, owner })
  }

  #history(action: HistoryAction): void {
    if (action.kind === 'create_revision') this.#createRevision(action.name, JSON.parse(action.body))
    else if (action.kind === 'relabel_pod')
      this.changePod(action.pod.name, { labels: { ...action.pod.labels, [HASH]: action.hash } })
    else this.#changeRevision(action)
  }

  #changeRevision(action: Exclude<HistoryAction, { kind: 'create_revision' | 'relabel_pod' }>): void {
    // What an earlier action of the plan made of it.
    const now = this.revisions.get(action.revision.name) ?? action.revision
    if (action.kind === 'delete_revision') this.revisions.delete(now.name)
    else if (action.kind === 'raise_revision') this.revisions.set(now.name, { ...now, revision: action.to })
    else this.revisions.set(now.name, { ...now, labels: { ...now.labels, [HASH]: action.hash } })
  }

  #createRevision(
    name: string,
    body: { metadata: Pick<Revision, 'labels'>; data: JsonObject; revision: number },
  ): void {
    if (this.revisions.has(name)) throw new Error(`${name} exists already`)
    const { metadata, data, revision } = body
    const identity = { namespace: NAMESPACE, name, uid: `${name}-uid`, resourceVersion: '1' }
    const { labels } = metadata
    this.revisions.set(name, {
      ...identity,
      labels,
      owner: OURS,
      createdMs: this.nowMs,
      deleted: false,
      revision,
      data,
    })
  }

  #pod(action: PodAction): void {
    if (action.kind === 'create_pod') this.#createPod(action.node, action.body)
    else this.#deletePod(action.pod)
  }

  #deletePod({ name, phase, nodeName }: Pod): void {
    const ended = phase === 'Failed' || phase === 'Succeeded' || nodeName === ''
    if (this.lingering && !ended) this.changePod(name, { deletedMs: this.nowMs + 30_000 })
    else this.pods.delete(name)
  }

  #createPod(nodeName: string, body: JsonObject): void {
    const count = (this.#madeOn.get(nodeName) ?? 0) + 1
    this.#madeOn.set(nodeName, count)
    const name = `${nodeName}.${count}`
    this.bodies.set(name, body)
    const { labels } = body.metadata as unknown as Pick<Pod, 'labels'>
    const { nodeName: bound } = body.spec as unknown as Partial<Pod>
    this.pods.set(name, {
      namespace: NAMESPACE,
      name,
      uid: `made-${this.#made++}`,
      resourceVersion: '1',
      labels,
      owner: OURS,
      createdMs: this.nowMs,
      deletedMs: undefined,
      target: podTarget(body.spec as JsonObject),
      nodeName: bound ?? '',
      phase: 'Pending',
      reason: '',
      message: '',
      ready: undefined,
      scheduled: undefined,
      containers: [],
      ip: '',
      startedMs: 0,
    })
  }
}
