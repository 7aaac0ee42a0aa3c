import { basename, dirname } from 'node:path'
import type { Member } from './log-place.ts'
import { pathIn } from './path-in.ts'
import { compareSiblings, parseSiblingName } from './sibling-name.ts'

/** The rotated files beside `live` among the folder's names, oldest first, and `live` itself where it is there. Pure. */
export const siblingMembers = (live: string, namesInFolder: readonly string[]): Member[] => {
  const folder = dirname(live)
  const name = basename(live)
  const rotated = namesInFolder
    .flatMap((other) => parseSiblingName(name, other) ?? [])
    .sort(compareSiblings)
    .map((sibling) => ({ file: pathIn(folder, sibling.name), live: false, archive: sibling.archive }))
  return namesInFolder.includes(name) ? [...rotated, { file: live, live: true, archive: false }] : rotated
}
