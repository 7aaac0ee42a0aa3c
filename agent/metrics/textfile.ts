import { glob, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { MetricFamily } from '../event.ts'
import type { OpenCollector } from './collector.ts'
import { family, single } from './family.ts'
import { mergeTextFiles, type TextFile } from './merge-text-files.ts'
import { createTextFileReader } from './read-text-file.ts'

/** Nobody has a tenth of so many; together they are bounded too. */
const MAX_FILES = 100

/** One line of log. */
const MAX_TOLD = 10

interface Found extends TextFile {
  readonly mtimeMs: number
}

interface Look {
  readonly files: Found[]
  readonly complaints: string[]
}

/** A file without a system error's words: they have the path in them already. */
const reasonOf = (error: unknown): string => {
  const { code, message } = error as NodeJS.ErrnoException
  return code ?? message
}

/** Where a glob matches nothing it is taken for a folder's name, which is then missed. */
const foldersOf = async (pattern: string): Promise<string[]> => {
  const matches = (await Array.fromAsync(glob(pattern))).sort()
  return matches.length === 0 ? [pattern] : matches
}

const families = (files: readonly Found[], complaints: string[]): MetricFamily[] => {
  const merged = mergeTextFiles(files)
  complaints.push(...merged.complaints)
  const taken = files.filter(({ path }) => merged.taken.includes(path))
  const mtimes = taken.map(({ path, mtimeMs }) => ({ labels: { file: path }, value: Math.floor(mtimeMs / 1000) }))
  const error = complaints.length > 0 ? 1 : 0
  return [
    family('gauge', 'node_textfile_mtime_seconds', 'Unixtime mtime of textfiles successfully read.', mtimes),
    single(
      'gauge',
      'node_textfile_scrape_error',
      '1 if there was an error opening or reading a file, 0 otherwise',
      error,
    ),
    ...merged.families,
  ]
}

/** node_exporter: collector/textfile.go. */
export const openTextfile: OpenCollector = ({ roots: { rootfs } }, { textfile: { directories } }) => {
  const reader = createTextFileReader()
  let complaint: Error | undefined
  /** As the node calls it. */
  const below = (path: string): string =>
    rootfs !== '/' && path.startsWith(`${rootfs}/`) ? path.slice(rootfs.length) : path

  const list = async (folder: string, { complaints }: Look): Promise<string[]> => {
    try {
      const names = await readdir(folder)
      return names
        .filter((name) => name.endsWith('.prom'))
        .sort()
        .map((name) => join(folder, name))
    } catch (error) {
      complaints.push(`${below(folder)}: ${reasonOf(error)}`)
      return []
    }
  }
  const readInto = async (path: string, { files, complaints }: Look): Promise<void> => {
    try {
      files.push({ path: below(path), ...(await reader.read(path)) })
    } catch (error) {
      complaints.push(`${below(path)}: ${reasonOf(error)}`)
    }
  }
  const look = async (): Promise<Look> => {
    const found: Look = { files: [], complaints: [] }
    const folders = await Promise.all(directories.map((pattern) => foldersOf(join(rootfs, pattern))))
    const listed = await Promise.all([...new Set(folders.flat())].map((folder) => list(folder, found)))
    const paths = listed.flat()
    reader.keep(paths)
    if (paths.length > MAX_FILES) found.complaints.push(`there are ${paths.length} files, ${MAX_FILES} are read`)
    for (const path of paths.slice(0, MAX_FILES)) await readInto(path, found)
    return found
  }
  return {
    name: 'textfile',
    complaint: () => complaint,
    collect: async () => {
      const { files, complaints } = await look()
      const told = families(files, complaints)
      complaint = complaints.length === 0 ? undefined : new Error(complaints.slice(0, MAX_TOLD).join('; '))
      return told
    },
  }
}
