/** The state folder cannot be used; the message says why and what to do about it. */
export class StateError extends Error {
  override readonly name = 'StateError'
}

const advice: Readonly<Record<string, string>> = {
  EROFS: 'the file system is mounted read-only; point state_dir at one that is writable',
  EACCES: 'no permission; let the user that Picket runs as own it',
  EPERM: 'no permission; let the user that Picket runs as own it',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of the disk is used up',
  ENOTDIR: 'a part of the path is a file',
  EEXIST: 'a part of the path is a file',
}

/** SQLite's, of the lock: https://www.sqlite.org/rescode.html. It does not pass on the operating system's code. */
const sqliteAdvice: Readonly<Record<number, string>> = {
  8: 'its lock cannot be written; is it mounted read-only, or does another user own it?',
  10: 'its lock cannot be taken (input/output error); a disk of the node is needed',
  14: 'no file can be made in it; is it mounted read-only, or does another user own it?',
}

export const stateErrorOf = (root: string, error: unknown): StateError => {
  if (error instanceof StateError) return error
  const { code = 'error', message, errcode = 0 } = error as NodeJS.ErrnoException & { errcode?: number }
  const reason = sqliteAdvice[errcode] ?? advice[code] ?? message
  return new StateError(`state_dir ${root} cannot be used: ${reason} (${code})`, { cause: error })
}
