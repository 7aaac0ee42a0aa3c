import fs from 'node:fs'
import { join } from 'node:path'

/** Control groups of the lab's nodes, beside everything else's: with them go their containers. */

const MOUNT = '/sys/fs/cgroup'
const NAME = 'picket-lab'

const isUnified = (): boolean => fs.existsSync(join(MOUNT, 'cgroup.controllers'))

/** v1 has a tree for each controller. */
const trees = (): readonly string[] =>
  isUnified()
    ? [MOUNT]
    : fs
        .readdirSync(MOUNT)
        .map((name) => join(MOUNT, name))
        .filter((folder) => fs.existsSync(join(folder, 'cgroup.procs')))

/** What a new group has to be told before processes may be in it or below it. */
const inherit = (parent: string, folder: string): void => {
  for (const name of ['cpuset.cpus', 'cpuset.mems'])
    if (!isUnified() && fs.existsSync(join(parent, name)))
      fs.writeFileSync(join(folder, name), fs.readFileSync(join(parent, name)))
  if (!isUnified()) return
  const controllers = fs.readFileSync(join(folder, 'cgroup.controllers'), 'utf8').trim().split(' ')
  fs.writeFileSync(join(folder, 'cgroup.subtree_control'), controllers.map((one) => `+${one}`).join(' '))
}

/** The kubelet's `cgroupRoot` of a node. */
export const makeCgroup = (node: string): string => {
  for (const tree of trees())
    for (const [parent, folder] of [
      [tree, join(tree, NAME)],
      [join(tree, NAME), join(tree, NAME, node)],
    ] as const) {
      fs.mkdirSync(folder, { recursive: true })
      inherit(parent, folder)
    }
  return `/${NAME}/${node}`
}

const foldersBelow = (folder: string): readonly string[] => {
  if (!fs.existsSync(folder)) return []
  const below = fs.readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  return [...below.flatMap(({ name }) => foldersBelow(join(folder, name))), folder]
}

/** Processes of all containers of the lab. */
export const cgroupPids = (): readonly number[] => {
  const pids = trees()
    .flatMap((tree) => foldersBelow(join(tree, NAME)))
    .flatMap((folder) => fs.readFileSync(join(folder, 'cgroup.procs'), 'utf8').split('\n'))
  return [...new Set(pids.filter((line) => line !== '').map(Number))]
}

/** Once nothing runs in them. */
export const removeCgroups = (): void => {
  for (const folder of trees().flatMap((tree) => foldersBelow(join(tree, NAME)))) fs.rmdirSync(folder)
}

/** The memory group of a container, by the id that the runtime gave it; without one it has none, and not anybody's. */
export const memoryGroup = (containerId: string): string | undefined => {
  if (containerId === '') return undefined
  const tree = isUnified() ? MOUNT : join(MOUNT, 'memory')
  return foldersBelow(join(tree, NAME)).find((folder) => folder.endsWith(containerId))
}
