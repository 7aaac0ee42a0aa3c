import type { DaemonSet, Plan } from '../cluster.ts'
import { daemonSetPath } from './paths.ts'
import { isGone, type TurnWriter } from './turn-writer.ts'

/**
 * A merge patch of these numbers alone: conditions and the collisionCount are others' to write, and a version that has moved on is no
 * conflict. One more try where it fails (StatusUpdateRetries of pkg/controller/daemon).
 */
export const writeStatus = async (
  status: NonNullable<Plan['status']>,
  { namespace, name, uid }: DaemonSet,
  writer: TurnWriter,
): Promise<void> => {
  const patch = (): Promise<unknown> =>
    writer.write('daemonsets', {
      method: 'PATCH',
      path: `${daemonSetPath(namespace, name)}/status`,
      body: { metadata: { uid }, status },
      contentType: 'application/merge-patch+json',
    })
  try {
    await patch()
  } catch (error) {
    if (isGone(error)) throw error
    await patch()
  }
}
