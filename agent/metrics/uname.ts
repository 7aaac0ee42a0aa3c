import { machine } from 'node:os'
import { NO_DATA, type OpenCollector } from './collector.ts'
import { family } from './family.ts'
import type { Host } from './host.ts'

/** Files below /proc/sys/kernel that say what uname(2) does; the host's name is not among them, for a pod has its own. */
const read = (host: Host, name: string): string | undefined => host.maybe(() => host.proc(`sys/kernel/${name}`).trim())

const labelsOf = (host: Host, nodename: string) => ({
  sysname: read(host, 'ostype') ?? 'Linux',
  release: read(host, 'osrelease') ?? '',
  version: read(host, 'version') ?? '',
  // Since Linux 6.1; before, the machine that this process was built for is the one it runs on.
  machine: read(host, 'arch') ?? machine(),
  nodename,
  domainname: read(host, 'domainname') ?? '',
})

/** node_exporter: collector/uname.go. Nothing of it changes while the machine runs but the domain name, which nobody sets any more. */
export const openUname: OpenCollector = (host, { nodeName }) => {
  let labels: ReturnType<typeof labelsOf> | undefined
  return {
    name: 'uname',
    collect: () => {
      labels ??= labelsOf(host, nodeName)
      if (labels.release === '') {
        labels = undefined
        return NO_DATA
      }
      const help = 'Labeled system information as provided by the uname system call.'
      return [family('gauge', 'node_uname_info', help, [{ labels, value: 1 }])]
    },
  }
}
