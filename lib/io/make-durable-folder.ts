import { dirname } from 'node:path'
import type { Filesystem } from './filesystem.ts'

/**
 * Makes a folder and those above it, so that a power cut cannot take them back with all that is fsynced in them: a new
 * folder's name is durable only when the folder above it is fsynced (fsync(2)).
 */
export const makeDurableFolder = (filesystem: Filesystem, path: string): void => {
  const parents: string[] = []
  for (let at = path; !filesystem.stat(at) && at !== dirname(at); at = dirname(at)) parents.push(dirname(at))
  filesystem.mkdir(path)
  for (const parent of parents.reverse()) filesystem.fsyncDirectory(parent)
  if (parents.length > 0) return
  try {
    // A run that was killed may have made it and not come as far as the fsync.
    filesystem.fsyncDirectory(dirname(path))
  } catch {
    // It was there before us, and what is above it need not be ours to open (a mount, a folder of root's).
  }
}
