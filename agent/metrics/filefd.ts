import type { OpenCollector } from './collector.ts'
import { single } from './family.ts'

/** Documentation/admin-guide/sysctl/fs.rst, file-nr: allocated, 0, maximum. */
export const parseFileNr = (text: string): readonly [allocated: number, maximum: number] => {
  const [allocated = Number.NaN, , maximum = Number.NaN] = text.trim().split('\t').map(Number)
  if (Number.isNaN(allocated + maximum)) throw new Error(`file-nr is not understood: ${JSON.stringify(text)}`)
  return [allocated, maximum]
}

/** node_exporter: collector/filefd_linux.go. */
export const openFilefd: OpenCollector = (host) => ({
  name: 'filefd',
  collect: () => {
    const [allocated, maximum] = parseFileNr(host.proc('sys/fs/file-nr'))
    return [
      single('gauge', 'node_filefd_allocated', 'File descriptor statistics: allocated.', allocated),
      single('gauge', 'node_filefd_maximum', 'File descriptor statistics: maximum.', maximum),
    ]
  },
})
