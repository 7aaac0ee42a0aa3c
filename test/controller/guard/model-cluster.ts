import type { DaemonSet, JsonObject, Node, Observation, Pod, PodAction, Revision } from '../../../controller/cluster.ts'
import { judgeNode, placementOf } from '../../../controller/plan/eligibility.ts'
import { podTarget } from '../../../controller/plan/pod-target.ts'
import { currentRevision } from '../../../controller/plan/revision-data.ts'
import { aDaemonSet, aNode, aPod, aRevision, condition, NOW_MS, OWNER, TEMPLATE } from './make.ts'

const TAINT = { key: 'gpu', value: '', effect: 'NoSchedule' }
const GRACE_MS = 10_000

/** What may happen to the cluster in a second besides what the controllers do. */
export type Happening =
  | { readonly kind: 'node_added' | 'node_removed' | 'node_tainted' | 'node_untainted'; readonly node: number }
  | { readonly kind: 'pod_deleted' | 'pod_failed' | 'pod_rejected' | 'pod_ready'; readonly node: number }
  | { readonly kind: 'template_changed' }
  | { readonly kind: 'built_in_killed' | 'built_in_started' }
  | { readonly kind: 'quiet'; readonly seconds: number }

/** A cluster of a few nodes, its kubelets, and a built-in controller that lags behind by `lagS` seconds, or is dead. */
export class ModelCluster {
  seconds = 0
  nodes = new Map<string, Node>()
  pods = new Map<string, Pod>()
  revisions: Revision[] = [aRevision('r0', 1, templateOf(0))]
  generation = 0
  builtIn = true
  readonly #lagS: number
  /** What the built-in controller saw a while ago. */
  #views: Observation[] = []
  #made = 0

  constructor(lagS: number) {
    this.#lagS = lagS
  }

  get daemonSet(): DaemonSet {
    return aDaemonSet({ template: templateOf(this.generation), generation: this.generation + 1 })
  }

  observe(): Observation {
    return {
      nowMs: NOW_MS + this.seconds * 1000,
      daemonSet: this.daemonSet,
      nodes: [...this.nodes.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
      pods: [...this.pods.values()],
      revisions: [...this.revisions],
      satisfied: true,
      namespaceTerminating: false,
      backoff: new Map(),
    }
  }

  happen(happening: Happening): void {
    if ('node' in happening) this.#happenTo(happening)
    else this.#happenToAll(happening)
  }

  #happenTo(happening: Extract<Happening, { node: number }>): void {
    const name = `n${happening.node}`
    const node = this.nodes.get(name)
    const pod = [...this.pods.values()].find((p) => p.target === name && p.deletedMs === undefined)
    const ended = { ready: condition('False'), phase: 'Failed' } as const
    switch (happening.kind) {
      case 'node_added':
        if (!node) this.nodes.set(name, aNode(name, { uid: `${name} of second ${this.seconds}` }))
        return
      case 'node_removed':
        this.nodes.delete(name)
        return
      case 'node_tainted':
      case 'node_untainted':
        if (node) this.nodes.set(name, { ...node, taints: happening.kind === 'node_tainted' ? [TAINT] : [] })
        return
      case 'pod_deleted':
        if (pod) this.#delete(pod, GRACE_MS)
        return
      case 'pod_failed':
        if (pod) this.#put({ ...pod, ...ended })
        return
      case 'pod_rejected':
        if (pod) this.#put({ ...pod, ...ended, reason: 'OutOfcpu' })
        return
      case 'pod_ready':
        if (pod && pod.phase !== 'Failed') this.#put({ ...pod, phase: 'Running', ready: condition('True') })
    }
  }

  #happenToAll(happening: Exclude<Happening, { node: number }>): void {
    if (happening.kind === 'template_changed') this.generation++
    if (happening.kind === 'built_in_killed') this.builtIn = false
    if (happening.kind === 'built_in_started') this.builtIn = true
  }

  /** A second passes: kubelets end pods whose grace is over, the built-in controller does what it would have done `lagS` ago. */
  pass(): void {
    this.seconds++
    const nowMs = NOW_MS + this.seconds * 1000
    for (const pod of this.pods.values())
      if (
        pod.deletedMs !== undefined &&
        pod.deletedMs <= nowMs &&
        (this.nodes.has(pod.nodeName) || pod.nodeName === '')
      )
        this.pods.delete(pod.uid)
    this.#views = [...this.#views, this.observe()].slice(-this.#lagS - 1)
    if (this.builtIn) this.#reconcile(this.#views[0] as Observation)
  }

  act(action: PodAction): void {
    if (action.kind === 'create_pod') {
      this.#create(action.body)
      return
    }
    const pod = this.pods.get(action.pod.uid)
    if (!pod) return
    if (action.graceSeconds === 0 || pod.phase === 'Failed') this.pods.delete(pod.uid)
    else this.#delete(pod, GRACE_MS)
  }

  /** The built-in controller in short: a revision for the template, a pod where there is none, one of two, no failed ones. */
  #reconcile(seen: Observation): void {
    if (!currentRevision(seen.daemonSet, this.revisions)) {
      const revision = seen.daemonSet.generation
      this.revisions.push(aRevision(`r${revision - 1}`, revision, seen.daemonSet.template))
    }
    const hash = currentRevision(seen.daemonSet, this.revisions)?.labels['controller-revision-hash'] ?? ''
    const placement = placementOf(seen.daemonSet)
    for (const node of seen.nodes) {
      const there = seen.pods.filter(
        (p) => p.target === node.name && (p.phase !== 'Failed' || p.deletedMs === undefined),
      )
      const live = there.filter((p) => p.deletedMs === undefined && p.phase !== 'Failed')
      if (judgeNode(node, placement).run && there.length === 0) this.#createFor(node.name, hash)
      for (const pod of live.slice(1)) this.#delete(pod, GRACE_MS)
      for (const pod of there) if (pod.phase === 'Failed') this.pods.delete(pod.uid)
      const old = live.find((p) => p.labels['controller-revision-hash'] !== hash)
      if (live.length === 1 && old && this.seconds % 3 === 0) this.#delete(old, GRACE_MS)
    }
  }

  #createFor(node: string, hash: string): void {
    this.#made++
    const uid = `built-in-${this.#made}`
    const labels = { app: 'picket', 'controller-revision-hash': hash }
    this.#put(
      aPod(node, { name: uid, uid, labels, ready: condition('False'), createdMs: NOW_MS + this.seconds * 1000 }),
    )
  }

  #create(body: JsonObject): void {
    this.#made++
    const uid = `guard-${this.#made}`
    const { labels } = body.metadata as unknown as { labels: Pod['labels'] }
    const target = podTarget(body.spec as JsonObject)
    const createdMs = NOW_MS + this.seconds * 1000
    if (target !== undefined)
      this.#put(aPod(target, { name: uid, uid, labels, owner: OWNER, ready: condition('False'), createdMs }))
  }

  #delete(pod: Pod, graceMs: number): void {
    const now = this.pods.get(pod.uid)
    if (now && now.deletedMs === undefined) this.#put({ ...now, deletedMs: NOW_MS + this.seconds * 1000 + graceMs })
  }

  #put(pod: Pod): void {
    this.pods.set(pod.uid, pod)
  }
}

const templateOf = (generation: number) => ({
  ...TEMPLATE,
  spec: { containers: [{ name: 'agent', image: `registry.example/picket:${generation}` }] },
})
