import { KubeError } from '../../lib/kube/kube-error.ts'
import { listPages } from '../../lib/kube/list-pages.ts'
import { DEFAULT_TUNING } from '../../lib/kube/tuning.ts'
import type { Json } from '../cluster.ts'
import { shapeNode } from '../watch/shape-node.ts'
import { cleanNodeRequest, leftoversOf, leftoversText, type NodeLeftovers } from './node-leftovers.ts'
import type { CleanupDeps, CleanupSettings } from './settings.ts'

const AT_ONCE = 16
/** Looks at all nodes. The last finds nothing: that is what proves it. */
const MAX_LOOKS = 8
const FIRST_PAUSE_MS = 250
const MAX_PAUSE_MS = 8000

/** Page by page; of each node only what is ours is kept, and that of the few that have any. */
const look = async (key: string, { client, clock, stop }: CleanupDeps): Promise<readonly NodeLeftovers[]> => {
  const resource = { client, path: '/api/v1/nodes', query: {}, content: 'full' } as const
  const shape = (object: unknown): NodeLeftovers | undefined => leftoversOf(shapeNode(object as Json), key)
  const { objects } = await listPages(resource, '', shape, { clock, tuning: DEFAULT_TUNING, signal: stop })
  return objects.filter((one) => one !== undefined)
}

/** A list that went on for too long begins anew; any other failure ends the command. */
const lookAgain = async (key: string, deps: CleanupDeps): Promise<readonly NodeLeftovers[]> => {
  try {
    return await look(key, deps)
  } catch (error) {
    if (!(error instanceof KubeError && error.expired)) throw error
    return look(key, deps)
  }
}

/** By the node's name. */
type Refusals = Map<string, Error>

const isForGood = (error: unknown): boolean => error instanceof KubeError && [401, 403].includes(error.status ?? 0)
const isGone = (error: unknown): boolean => error instanceof KubeError && error.status === 404

const clean = async (found: NodeLeftovers, refusals: Refusals, deps: CleanupDeps): Promise<void> => {
  const { name } = found.node
  try {
    await deps.client.send(cleanNodeRequest(found), deps.stop)
    refusals.delete(name)
    deps.done(`node ${name}: ${leftoversText(found)} taken off`)
  } catch (error) {
    if (!isGone(error)) refusals.set(name, error as Error)
  }
}

const cleanAll = async (all: readonly NodeLeftovers[], refusals: Refusals, deps: CleanupDeps): Promise<void> => {
  const rest = all.values()
  const worker = async (): Promise<void> => {
    for (const found of rest) if (!deps.stop.aborted) await clean(found, refusals, deps)
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, all.length) }, worker))
}

/** Takes taint and mark off every node, until a look finds none. true: none is left. Throws KubeError where the nodes cannot be seen. */
export const cleanNodes = async ({ taintKey, dryRun }: CleanupSettings, deps: CleanupDeps): Promise<boolean> => {
  const refusals: Refusals = new Map()
  let found = await lookAgain(taintKey, deps)
  if (dryRun) {
    for (const one of found) deps.done(`node ${one.node.name}: ${leftoversText(one)} would be taken off`)
    return true
  }
  for (let looks = 1; found.length > 0 && looks < MAX_LOOKS && !deps.stop.aborted; looks += 1) {
    const open = found.filter(({ node }) => !isForGood(refusals.get(node.name)))
    if (open.length === 0) break
    await cleanAll(open, refusals, deps)
    await deps.clock.sleep(Math.min(FIRST_PAUSE_MS * 2 ** (looks - 1), MAX_PAUSE_MS), deps.stop)
    if (deps.stop.aborted) break
    found = await lookAgain(taintKey, deps)
  }
  for (const { node, ...rest } of found) {
    const why = refusals.get(node.name)?.message ?? 'it came back'
    deps.left(`node ${node.name}: ${leftoversText({ node, ...rest })} is still there: ${why}`)
  }
  return found.length === 0
}
