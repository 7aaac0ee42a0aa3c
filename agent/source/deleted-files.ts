import type { Generation } from './generation.ts'

/**
 * Deleted files whose disk space an open handle keeps. With an output that takes nothing and a container that writes 100 MB/s they
 * would fill the node's disk long before their time is over, and for hours after. Pure.
 */

/** A small file costs a handle, and the kernel's memory for its inode. */
const leastBytes = 64 * 1024

/** Copies in the state folder are inflated one at a time and bounded there. */
const isHeld = ({ vanishing, fd, housed }: Generation): boolean => vanishing && fd >= 0 && !housed

/** Disk space that is kept from being free. */
export const heldBytes = (generations: Iterable<Generation>): number => {
  let bytes = 0
  for (const generation of generations) if (isHeld(generation)) bytes += generation.size
  return bytes
}

/** What is neither delivered nor in the disk queue of files that are gone: with the agent it would be lost. */
export const unsettledBytes = (generations: Iterable<Generation>): number => {
  let bytes = 0
  for (const { vanishing, housed, size, committed } of generations)
    if (vanishing && !housed) bytes += Math.max(0, size - committed)
  return bytes
}

/** Those to be let go, so that the rest is within the limit: the longest gone first. */
export const surplusOf = (generations: Iterable<Generation>, limitBytes: number): Generation[] => {
  const held = [...generations].filter(isHeld).sort((a, b) => a.leftMs - b.leftMs)
  let bytes = 0
  const last = held.findLastIndex(({ size }) => {
    bytes += Math.max(size, leastBytes)
    return bytes > limitBytes
  })
  return held.slice(0, last + 1)
}
