const IPV4 = /^\d{1,3}(\.\d{1,3}){3}$/

/**
 * The addresses of a network namespace, from /proc/<pid>/net: os.networkInterfaces() knows this process's own only, which in a pod is the pod's.
 * fib_trie (net/ipv4/fib_trie.c): `|-- address` and below it its routes; `/32 host LOCAL` says that it is one of the node's.
 */
export const ipv4Addresses = (fibTrie: string): string[] => {
  const found = new Set<string>()
  let address = ''
  for (const line of fibTrie.split('\n')) {
    const leaf = /\|-- (\S+)/.exec(line)?.[1]
    if (leaf !== undefined) address = leaf
    else if (line.includes('/32 host LOCAL') && IPV4.test(address)) found.add(address)
  }
  return [...found].filter((one) => !one.startsWith('127.'))
}

/** if_inet6 (net/ipv6/addrconf.c): address as 32 hex digits, index, prefix, scope (10 is the loopback), flags, device. */
export const ipv6Addresses = (ifInet6: string): string[] =>
  ifInet6.split('\n').flatMap((line) => {
    const [hex = '', , , scope] = line.trim().split(/\s+/)
    if (!/^[0-9a-f]{32}$/.test(hex) || scope === '10') return []
    return [new URL(`http://[${hex.replace(/(....)(?!$)/g, '$1:')}]`).hostname.slice(1, -1)]
  })

/** ECS: capitals, joined by hyphens (RFC 7042). */
export const macAddress = (address: string): string | undefined => {
  const mac = address.trim()
  return /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(mac) && mac !== '00:00:00:00:00:00'
    ? mac.toUpperCase().replaceAll(':', '-')
    : undefined
}
