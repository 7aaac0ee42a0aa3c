import os from 'node:os'
import { ipv4Addresses, ipv6Addresses, macAddress } from './documents/host-addresses.ts'
import { osFields } from './documents/os-fields.ts'
import type { Host } from './host.ts'

/** A node with hundreds of pods has as many interfaces; a document names this many addresses at most. */
const MOST_ADDRESSES = 32
/** systemd's rule for machine-id(5). */
const MACHINE_ID = /^[0-9a-f]{32}$/

const quietly = (read: () => string): string => {
  try {
    return read()
  } catch {
    return '' // Not there, or closed to us: the field is left out.
  }
}

const macsOf = (host: Host): string[] => {
  try {
    // What is joined to no hardware (veth, bridges of pods) has an address that says nothing.
    const names = host.listSys('class/net').filter((name) => host.maybe(() => host.listSys(`class/net/${name}/device`)))
    return names.flatMap((name) => macAddress(quietly(() => host.sys(`class/net/${name}/address`))) ?? [])
  } catch {
    return []
  }
}

const unlessEmpty = <T>(list: readonly T[]): readonly T[] | undefined => (list.length === 0 ? undefined : list)

/** ECS host.* from a few small files of the node and uname(2); in a pod they are the node's, where its roots are mounted. */
export const hostFields = (host: Host, nodeName: string): Record<string, unknown> => {
  const osRelease = quietly(() => host.root('etc/os-release')) || quietly(() => host.root('usr/lib/os-release'))
  const id = quietly(() => host.root('etc/machine-id')).trim()
  const addresses = [
    ...ipv4Addresses(quietly(() => host.net('fib_trie'))),
    ...ipv6Addresses(quietly(() => host.net('if_inet6'))),
  ]
  return {
    name: nodeName,
    hostname: nodeName,
    id: MACHINE_ID.test(id) ? id : undefined,
    architecture: os.machine(),
    ip: unlessEmpty(addresses.slice(0, MOST_ADDRESSES)),
    mac: unlessEmpty(macsOf(host).slice(0, MOST_ADDRESSES)),
    os: osFields(osRelease, os.release()),
  }
}
