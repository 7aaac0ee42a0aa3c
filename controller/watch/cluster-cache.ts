import type { DaemonSet, Labels, Node, Owner, Pod, Revision } from '../cluster.ts'
import { isEmptySelector, selects } from '../plan/selector.ts'
import { createObjectStore, type ObjectStore, type Stored } from './object-store.ts'
import { keyOf, type Lookup } from './triggers.ts'

/** A namespace as far as it matters here. */
export interface Namespace extends Stored {
  readonly name: string
  readonly terminating: boolean
}

/** What the watches have shown, indexed for the questions that are asked of it. */
export interface ClusterCache extends Lookup {
  readonly nodeStore: ObjectStore<Node>
  readonly podStore: ObjectStore<Pod>
  readonly daemonSetStore: ObjectStore<DaemonSet>
  readonly revisionStore: ObjectStore<Revision>
  readonly namespaceStore: ObjectStore<Namespace>
  daemonSet(key: string): DaemonSet | undefined
  /** By name, in order. */
  nodes(): readonly Node[]
  node(name: string): Node | undefined
  /** What it owns, and the orphans of its namespace. */
  podsFor(daemonSet: DaemonSet): readonly Pod[]
  revisionsFor(daemonSet: DaemonSet): readonly Revision[]
  /** Whether one of its pods is bound to the node. */
  hasPodOn(node: string, daemonSet: DaemonSet): boolean
  isTerminating(namespace: string): boolean
}

interface Owned extends Stored {
  readonly namespace: string
  readonly owner: Owner | undefined
}

const byOwner = ({ owner }: Owned): string | undefined => owner?.uid
const orphans = ({ owner, namespace }: Owned): string | undefined => (owner ? undefined : namespace)

const first = <T>(all: Iterable<T>): T | undefined => {
  for (const one of all) return one
  return undefined
}

const ownedOrOrphan = <T>(store: ObjectStore<T>, { uid, namespace }: DaemonSet): T[] => [
  ...store.indexed('owner', uid),
  ...store.indexed('orphans', namespace),
]

/** A selector that cannot be read takes nothing here; its own turn says what is wrong with it. */
const takes = ({ selector }: DaemonSet, labels: Labels): boolean => {
  try {
    return !isEmptySelector(selector) && selects(selector, labels)
  } catch {
    return false
  }
}

export const createClusterCache = (): ClusterCache => {
  const nodeStore = createObjectStore<Node>({ name: ({ name }) => name })
  const podStore = createObjectStore<Pod>({
    owner: byOwner,
    orphans,
    node: ({ owner, nodeName }) => (owner && nodeName !== '' ? `${owner.uid}/${nodeName}` : undefined),
  })
  const daemonSetStore = createObjectStore<DaemonSet>({ key: keyOf, namespace: ({ namespace }) => namespace })
  const revisionStore = createObjectStore<Revision>({ owner: byOwner, orphans })
  const namespaceStore = createObjectStore<Namespace>({ name: ({ name }) => name })
  let names: readonly string[] = []

  const daemonSet = (key: string): DaemonSet | undefined => first(daemonSetStore.indexed('key', key))
  const node = (name: string): Node | undefined => first(nodeStore.indexed('name', name))

  const owner = (namespace: string, reference: Owner | undefined): DaemonSet | undefined => {
    if (reference?.kind !== 'DaemonSet') return undefined
    const named = daemonSet(keyOf({ namespace, name: reference.name }))
    return named?.uid === reference.uid ? named : undefined
  }

  const matching = (namespace: string, labels: Labels): readonly DaemonSet[] =>
    Object.keys(labels).length === 0
      ? []
      : [...daemonSetStore.indexed('namespace', namespace)].filter((one) => takes(one, labels))

  /** Sorting thousands of names for every turn would be most of its time; nodes come and go seldom. */
  const nodes = (): readonly Node[] => {
    const known = names.map(node).filter((one) => one !== undefined)
    if (known.length === names.length && names.length === nodeStore.size) return known
    const sorted = [...nodeStore.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
    names = sorted.map(({ name }) => name)
    return sorted
  }

  return {
    nodeStore,
    podStore,
    daemonSetStore,
    revisionStore,
    namespaceStore,
    daemonSet,
    node,
    nodes,
    owner,
    matching,
    podsFor: (one) => ownedOrOrphan(podStore, one),
    revisionsFor: (one) => ownedOrOrphan(revisionStore, one),
    hasPodOn: (name, { uid }) => first(podStore.indexed('node', `${uid}/${name}`)) !== undefined,
    isTerminating: (namespace) => first(namespaceStore.indexed('name', namespace))?.terminating === true,
  }
}
