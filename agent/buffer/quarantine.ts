import type { Filesystem } from '../../lib/io/filesystem.ts'

/** Damaged files are kept for a look, but they must not eat the disk. */
export const QUARANTINE_FILES = 16
const SUFFIX = '.damaged'

/** `names`: what is in the folder at the start. The result renames a file to `<name>.damaged` and drops the oldest beyond the bound. */
export const createQuarantine = (
  directory: string,
  names: readonly string[],
  filesystem: Filesystem,
): ((path: string) => void) => {
  const kept = names.filter((name) => name.endsWith(SUFFIX)).map((name) => `${directory}/${name}`)
  return (path) => {
    filesystem.rename(path, path + SUFFIX)
    kept.push(path + SUFFIX)
    while (kept.length > QUARANTINE_FILES) filesystem.unlink(kept.shift()!)
  }
}
