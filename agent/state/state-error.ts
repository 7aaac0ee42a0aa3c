/** The state folder cannot be used; the message says why and what to do about it. */
export class StateError extends Error {
  override readonly name = 'StateError'
}

/** errno(3): what is wrong, and what to do about it. */
const advice: Readonly<Record<string, string>> = {
  ENOENT:
    'no folder can be made there; name another place, or mount the disk that is to hold it (in Kubernetes a hostPath)',
  EROFS: 'the file system is mounted read-only; point state_dir at one that is writable (in Kubernetes a hostPath)',
  EACCES: 'no permission; let the user that Picket runs as own it',
  EPERM: 'no permission; let the user that Picket runs as own it',
  ENOSPC: 'the disk is full, or has no inodes left; make room, or point state_dir at another disk',
  EDQUOT: 'the quota of the disk is used up; raise it, or make room',
  ENOTDIR: 'a part of the path is a file; move it away, or name another folder',
  EEXIST: 'a part of the path is a file, or a link that leads nowhere; move it away, or name another folder',
  ELOOP:
    'a part of the path is a link that leads to itself, or one that Picket does not follow; name the folder itself',
  ENAMETOOLONG: 'the path is too long; name a shorter one',
  EIO: 'the disk fails (input/output error); look at the log of the kernel, and point state_dir at another disk',
  EMFILE: 'no more files can be opened; raise the limit of open files (ulimit -n)',
  ENFILE: 'no more files can be opened on this machine; raise fs.file-max',
}

/** SQLite's, of the lock: https://www.sqlite.org/rescode.html. It does not pass on the operating system's code. */
const sqliteAdvice: Readonly<Record<number, string>> = {
  8: 'its lock cannot be written; is it mounted read-only, or does another user own it?',
  10: 'its lock cannot be taken (input/output error); a disk of the node is needed',
  13: 'the disk is full; make room, or point state_dir at another disk',
  14: 'no file can be made in it; is it mounted read-only, or does another user own it?',
}

export const stateErrorOf = (root: string, error: unknown): StateError => {
  if (error instanceof StateError) return error
  const { code = 'error', message, errcode = 0 } = error as NodeJS.ErrnoException & { errcode?: number }
  const reason = sqliteAdvice[errcode] ?? advice[code] ?? message
  return new StateError(`state_dir ${root} cannot be used: ${reason} (${code})`, { cause: error })
}
