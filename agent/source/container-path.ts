/**
 * What the names on a node say of a container's log. Pure.
 *
 *   /var/log/pods/<namespace>_<pod>_<uid>/<container>/<restart>.log[.<when>][.gz]     kubelet: BuildPodLogsDirectory, pkg/kubelet/kuberuntime/helpers.go
 *   /var/log/containers/<pod>_<namespace>_<container>-<id, 64 hex>.log                kubelet: pkg/kubelet/kuberuntime/legacy.go
 *
 * A namespace and a container are DNS labels, a pod is a DNS subdomain (dots and dashes), so that '_' parts them for certain.
 */

export interface PodFolder {
  readonly namespace: string
  readonly pod: string
  /** A static pod's folder has its config hash here. */
  readonly uid: string
}

export interface LinkName {
  readonly namespace: string
  readonly pod: string
  /** May have lost its end where the name was cut. */
  readonly container: string
  readonly containerId: string | undefined
}

export interface LogName {
  readonly restart: number
  /** '' for the file that is being written; else what follows `<n>.log.`, which sorts by time. */
  readonly rotatedAt: string
  readonly archive: boolean
}

export interface PodsPath {
  readonly root: string
  readonly folder: PodFolder
  readonly container: string
  readonly name: LogName
}

const podFolder = /^([^_/]+)_([^_/]+)_([^_/]+)$/

export const parsePodFolder = (name: string): PodFolder | undefined => {
  const [, namespace, pod, uid] = podFolder.exec(name) ?? []
  return namespace && pod && uid ? { namespace, pod, uid } : undefined
}

// `.tmp` is kubelet's half-written archive (pkg/kubelet/logs/container_log_manager.go): it does not match.
const logName = /^(\d{1,9})\.log(?:\.(\d{8}-\d{6}(?:\.\d+)?))?(\.gz)?$/

export const parseLogName = (name: string): LogName | undefined => {
  const [, restart, rotatedAt = '', gz] = logName.exec(name) ?? []
  if (restart === undefined || (gz && rotatedAt === '')) return undefined
  return { restart: Number(restart), rotatedAt, archive: gz !== undefined }
}

/** Oldest first; the file that is being written comes last, an archive after the plain file of the same time. */
export const compareLogNames = (a: LogName, b: LogName): number => {
  if (a.restart !== b.restart) return a.restart - b.restart
  if (a.rotatedAt !== b.rotatedAt) {
    if (a.rotatedAt === '') return 1
    if (b.rotatedAt === '') return -1
    return a.rotatedAt < b.rotatedAt ? -1 : 1
  }
  return Number(a.archive) - Number(b.archive)
}

const fullLink = /^([^_/]+)_([^_/]+)_([^_/]+)-([0-9a-f]{64})\.log$/
// kubelet trims the name to 251 bytes and appends ".log": the id is cut, or gone with the dash and a part of the container's name.
const cutLink = /^([^_/]+)_([^_/]+)_([^_/]+?)(?:-([0-9a-f]{0,63}))?\.log$/
const longestName = 251

export const parseLinkName = (name: string): LinkName | undefined => {
  const whole = fullLink.exec(name)
  const match = whole ?? (name.length - '.log'.length >= longestName ? cutLink.exec(name) : undefined)
  if (!match) return undefined
  const [, pod, namespace, container, containerId] = match
  return { pod: pod!, namespace: namespace!, container: container!, containerId: containerId || undefined }
}

/** A path into a pod's folder, taken apart from its end. */
export const parsePodsPath = (path: string): PodsPath | undefined => {
  const parts = path.split('/')
  const [folderName, container, fileName] = parts.slice(-3)
  if (parts.length < 4 || !folderName || !container || !fileName) return undefined
  const folder = parsePodFolder(folderName)
  const name = parseLogName(fileName)
  return folder && name ? { root: parts.slice(0, -3).join('/') || '/', folder, container, name } : undefined
}
