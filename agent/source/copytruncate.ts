import { basename, dirname } from 'node:path'
import type { FileStat } from '../../lib/io/filesystem.ts'
import { type Cursor, type Cursors, inodeKey } from './cursors.ts'
import { Generation, type Log } from './generation.ts'
import { isSameContent } from './identify.ts'
import type { Member } from './log-place.ts'
import { openLog } from './open-file.ts'
import { siblingMembers } from './sibling-members.ts'
import { groupSiblings } from './sibling-name.ts'
import type { World } from './world.ts'

/**
 * copytruncate copies the log to `<name>.1` and truncates it in place: what was not read yet is in the copy, and what was
 * written between the copy and the truncation is nowhere (logrotate(8): "some logging data might be lost").
 */

export interface Candidate {
  readonly member: Member
  readonly stat: FileStat
}

/** Opens the file for a look that leaves no trace. */
const inspect = (world: World, log: Log, candidate: Candidate, test: (file: Generation) => boolean): boolean => {
  const opened = openLog(world.files, candidate.member.file, log.place.rules)
  if (opened.kind !== 'opened') return false
  const file = new Generation(world, log, opened.stat, candidate.member.file, 0)
  file.fd = opened.fd
  try {
    return test(file)
  } finally {
    world.files.close(opened.fd)
  }
}

const copiesOf = (candidates: readonly Candidate[]): Candidate[] =>
  candidates.filter(({ member, stat }) => !member.live && !member.archive && stat.kind === 'file').reverse()

/** So long ago at most a folder was listed whose names are tried before it is listed again: what is in a copy tells whether it is one. */
const listedMs = 1_000

/** Finds the copy of a file that has just been truncated. Thousands may be, in one folder, one after the other. */
export const createCopyFinder = ({ files, nowMs }: World): ((generation: Generation) => Candidate | undefined) => {
  let listed = { folder: '', atMs: Number.NEGATIVE_INFINITY, siblings: new Map<string, string[]>() }

  const findListed = (generation: Generation): Candidate | undefined => {
    const { world, log } = generation
    const { live } = log.place
    const members = siblingMembers(live, listed.siblings.get(basename(live)) ?? [])
    const candidates = members.flatMap((member) => {
      const stat = files.stat(member.file)
      return stat && stat.size >= generation.size && inodeKey(stat) !== inodeKey(generation) ? [{ member, stat }] : []
    })
    return copiesOf(candidates).find((one) => inspect(world, log, one, (file) => generation.isCopiedTo(file)))
  }

  return (generation) => {
    const folder = dirname(generation.log.place.live)
    const isListed = listed.folder === folder && nowMs() - listed.atMs < listedMs
    const found = isListed ? findListed(generation) : undefined
    if (found) return found
    listed = { folder, atMs: nowMs(), siblings: groupSiblings(files.readdir(folder)) }
    return findListed(generation)
  }
}

/**
 * The same after a time without us: the live file has the inode that the checkpoint knows but not its content. Points the
 * cursor to the copy, so that it is met there.
 */
export const moveToCopy = (
  world: World,
  log: Log,
  cursors: Cursors,
  candidates: readonly Candidate[],
  isActive: (fingerprint: string) => boolean,
): void => {
  const live = candidates.find(({ member }) => member.live)
  const cursor: Cursor | undefined =
    live && cursors.withInode(inodeKey(live.stat)).find((c) => c.chain === log.place.chain)
  if (!live || !cursor || isActive(cursor.fingerprint)) return
  if (inspect(world, log, live, (file) => isSameContent(file, cursor))) return
  const copy = copiesOf(candidates).find(
    (candidate) =>
      cursors.withInode(inodeKey(candidate.stat)).length === 0 &&
      inspect(world, log, candidate, (file) => file.size > 0 && isSameContent(file, cursor)),
  )
  if (copy) cursors.move(cursor, copy.stat)
}
