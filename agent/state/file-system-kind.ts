import { statfsSync } from 'node:fs'

/** f_type of statfs(2), from linux/magic.h. */
const network: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB'],
  [0x517b, 'SMB'],
])

/** What the folder lies on where that is a network's file system, else undefined. */
export type NetworkKind = (path: string) => string | undefined

export const networkKind: NetworkKind = (path) => network.get(statfsSync(path).type >>> 0)
