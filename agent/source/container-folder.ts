import { basename, dirname } from 'node:path'
import { parsePodFolder } from './container-path.ts'

/** `<namespace>_<pod>_<uid>/<container>`: where the kubelet has the logs of one container, one of each restart. */
export interface ContainerFolder {
  readonly path: string
  readonly namespace: string
  readonly pod: string
  readonly podUid: string
  readonly container: string
}

/** undefined where the folder above is no pod's. */
export const containerFolder = (path: string): ContainerFolder | undefined => {
  const pod = parsePodFolder(basename(dirname(path)))
  return pod && { path, namespace: pod.namespace, pod: pod.pod, podUid: pod.uid, container: basename(path) }
}
