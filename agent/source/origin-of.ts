import type { Origin } from '../event.ts'
import { parseLinkName, parsePodsPath } from './container-path.ts'

/** Who a file was, from its names alone: it is gone. */
export const originOf = (cursor: { readonly file: string; readonly path: string }): Origin => {
  const pods = parsePodsPath(cursor.file)
  const link = parseLinkName(cursor.path.slice(cursor.path.lastIndexOf('/') + 1))
  if (!pods && !link) return { kind: 'plain' }
  return {
    kind: 'container',
    namespace: pods?.folder.namespace ?? link!.namespace,
    pod: pods?.folder.pod ?? link!.pod,
    container: pods?.container ?? link!.container,
    podUid: pods?.folder.uid,
    restart: pods?.name.restart,
    containerId: link?.containerId,
  }
}
