import type { Filesystem } from '../../lib/io/filesystem.ts'
import type { Cursors } from './cursors.ts'
import type { Registry } from './registry.ts'

/** Folders that could not be listed: what is in them has not been missed by that look. */
export interface Unlisted {
  /** For those who list. */
  readonly files: Filesystem
  /** What lies in those folders counts as seen; then none is remembered. Called after each look at everything. */
  settle(cursors: Cursors, registry: Registry): void
}

/** Folders come and go, and strangers' files lie between them. */
const isGone = (error: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')

export const createUnlisted = (files: Filesystem): Unlisted => {
  const folders = new Set<string>()
  const readdir = (path: string): string[] => {
    try {
      return files.readdir(path)
    } catch (error) {
      if (!isGone(error)) folders.add(path.endsWith('/') ? path : `${path}/`)
      throw error
    }
  }
  return {
    files: { ...files, readdir },
    settle: (cursors, registry) => {
      for (const folder of folders)
        for (const cursor of cursors.all()) if (cursor.file.startsWith(folder)) registry.sight(cursor)
      folders.clear()
    },
  }
}
