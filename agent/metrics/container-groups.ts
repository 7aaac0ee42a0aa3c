export interface ContainerGroup {
  /** Below the hierarchy's root, without a slash at either end. */
  readonly path: string
  /** With dashes; a static pod's is its configuration's hash. */
  readonly podUid: string
  readonly containerId: string
}

/** kubelet: pkg/kubelet/cm/pod_container_manager_linux.go. systemd has `_` where a uid has a dash, and its own suffix. */
const POD = /(?:^|-)pod([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}|[0-9a-f]{32})(?:\.slice)?$/
/** `<id>` with the driver cgroupfs; `cri-containerd-<id>.scope`, `crio-<id>.scope`, `docker-<id>.scope` with systemd's. */
const CONTAINER = /^(?:[a-z-]+-)?([0-9a-f]{64})(?:\.scope)?$/
/** CRI-O's monitor of a container is none. */
const MONITOR = /^crio-conmon-/
/** Up to the pods: kubelet's own folder where --cgroup-root says so (kind), kubepods, and the classes of service. */
const ABOVE =
  /^(?:kubelet|kubepods|burstable|besteffort)(?:\.slice)?$|^(?:[a-z]+-)?kubepods(?:-burstable|-besteffort)?\.slice$/

/** kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-burstable.slice; a folder of any name cannot lead further down. */
const MAX_DEPTH = 4

const podUidOf = (name: string): string | undefined => POD.exec(name)?.[1]?.replaceAll('_', '-')

const containerIdOf = (name: string): string | undefined => (MONITOR.test(name) ? undefined : CONTAINER.exec(name)?.[1])

/** What is listed is judged by name alone: a control file's is none of these. */
export const findContainerGroups = (list: (path: string) => readonly string[]): ContainerGroup[] => {
  const below = (path: string, name: string): string => (path === '' ? name : `${path}/${name}`)
  const inPod = (path: string, podUid: string): ContainerGroup[] =>
    list(path).flatMap((name) => {
      const containerId = containerIdOf(name)
      return containerId === undefined ? [] : [{ path: below(path, name), podUid, containerId }]
    })
  const walk = (path: string, depth: number): ContainerGroup[] =>
    list(path).flatMap((name) => {
      const podUid = path === '' ? undefined : podUidOf(name)
      if (podUid !== undefined) return inPod(below(path, name), podUid)
      return depth < MAX_DEPTH && ABOVE.test(name) ? walk(below(path, name), depth + 1) : []
    })
  return walk('', 0)
}
