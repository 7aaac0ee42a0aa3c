import { KubeError } from '../../lib/kube/kube-error.ts'
import type { DaemonSet, Json, Node, Pod, Selector } from '../cluster.ts'
import { type CoverageInput, coverage, type Deed } from '../guard/coverage.ts'
import { shapeDaemonSet } from '../watch/shape-daemon-set.ts'
import { shapeNode } from '../watch/shape-node.ts'
import { shapePod } from '../watch/shape-pod.ts'
import { shapeRevision } from '../watch/shape-revision.ts'
import type { CoverageCommand } from './coverage-args.ts'
import type { Report } from './coverage-report.ts'
import { madeByPicket, type Told, toldBy } from './deeds.ts'

/** All objects below a path. Throws KubeError. */
export type List = (path: string, query: Readonly<Record<string, string>>) => Promise<readonly Json[]>

const requirementText = ({ key, operator, values }: Selector['matchExpressions'][number]): string => {
  if (operator === 'Exists') return key
  if (operator === 'DoesNotExist') return `!${key}`
  return `${key} ${operator === 'In' ? 'in' : 'notin'} (${values.join(',')})`
}

/** As the API takes it in a query (kubernetes.io/docs/concepts/overview/working-with-objects/labels). */
const selectorText = ({ matchLabels, matchExpressions }: Selector): string =>
  [
    ...Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`),
    ...matchExpressions.map(requirementText),
  ].join(',')

const some = (query: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ''))

const readDaemonSets = async (list: List, command: CoverageCommand): Promise<readonly DaemonSet[]> => {
  const { namespace, daemonSet, selector } = command
  const path = namespace === undefined ? '/apis/apps/v1/daemonsets' : `/apis/apps/v1/namespaces/${namespace}/daemonsets`
  const fieldSelector = daemonSet === undefined ? '' : `metadata.name=${daemonSet}`
  return (await list(path, some({ fieldSelector, labelSelector: selector }))).map(shapeDaemonSet)
}

/** Whoever may not read events still sees the rest. Those on nodes are in the namespace default. */
const readEvents = async (list: List, namespace: string, kind: 'DaemonSet' | 'Node'): Promise<readonly Json[]> => {
  try {
    const fieldSelector = `involvedObject.kind=${kind},source=picket-controller`
    return await list(`/api/v1/namespaces/${namespace}/events`, { fieldSelector })
  } catch (error) {
    if (error instanceof KubeError && error.status === 403) return []
    throw error
  }
}

/** What events tell, and where they tell nothing any more, the pods. */
const deedsOf = ({ deeds }: Told, rawPods: readonly Json[]): ReadonlyMap<string, Deed> => {
  const made = rawPods.filter(madeByPicket).flatMap((raw): [string, Deed][] => {
    const pod = shapePod(raw)
    return pod?.target ? [[pod.target, { kind: 'created', atMs: pod.createdMs, words: 'made the pod' }]] : []
  })
  return new Map([...made, ...deeds])
}

/** What was said of a node holds for the pod that was Ready on it then. */
const byPod = ({ shipsNothing }: Told, pods: readonly Pod[]): CoverageInput['shipsNothing'] =>
  new Map(
    pods.flatMap(({ uid, nodeName, createdMs }) => {
      const silent = shipsNothing.get(nodeName)
      return silent && createdMs <= silent.sinceMs ? [[uid, silent]] : []
    }),
  )

interface Reading {
  readonly list: List
  readonly nodes: readonly Node[]
  readonly nodeEvents: readonly Json[]
  readonly nowMs: () => number
}

const reportOf = async (daemonSet: DaemonSet, { list, nodes, nodeEvents, nowMs }: Reading): Promise<Report> => {
  const { namespace, selector } = daemonSet
  const query = { labelSelector: selectorText(selector) }
  const [rawPods, revisions, events] = await Promise.all([
    list(`/api/v1/namespaces/${namespace}/pods`, query),
    list(`/apis/apps/v1/namespaces/${namespace}/controllerrevisions`, query),
    readEvents(list, namespace, 'DaemonSet'),
  ])
  const pods = rawPods.flatMap((pod) => shapePod(pod) ?? [])
  const told = toldBy([...events, ...nodeEvents], daemonSet)
  const input: CoverageInput = {
    nowMs: nowMs(),
    daemonSet,
    nodes,
    pods,
    revisions: revisions.flatMap((revision) => shapeRevision(revision) ?? []),
    missingSinceMs: told.missingSinceMs,
    deeds: deedsOf(told, rawPods),
    shipsNothing: byPod(told, pods),
  }
  return { daemonSet, nowMs: input.nowMs, rows: coverage(input) }
}

const byName = (a: { readonly name: string }, b: { readonly name: string }): number => (a.name < b.name ? -1 : 1)

/** One look at the cluster, DaemonSet after DaemonSet: a user's command is no load on the API server. */
export const readReports = async (
  list: List,
  command: CoverageCommand,
  nowMs: () => number,
): Promise<readonly Report[]> => {
  const daemonSets = await readDaemonSets(list, command)
  if (daemonSets.length === 0) return []
  const nodes = (await list('/api/v1/nodes', {})).map(shapeNode).sort(byName)
  const nodeEvents = await readEvents(list, 'default', 'Node')
  const reports: Report[] = []
  for (const daemonSet of daemonSets.toSorted(byName))
    reports.push(await reportOf(daemonSet, { list, nodes, nodeEvents, nowMs }))
  return reports
}
