import fs from 'node:fs'
import readline from 'node:readline'

export interface LogRecord {
  /** Of its first piece. */
  readonly time: string
  readonly stream: string
  readonly text: string
}

/**
 * The records of one container's files, oldest file first, read as plainly as can be: a line at a time, P pieces joined to
 * their F per stream. It shares nothing with the agent, because it judges it.
 */
export async function* readRecords(files: readonly string[]): AsyncGenerator<LogRecord> {
  const open = new Map<string, { readonly time: string; readonly text: string }>()
  for (const file of files) {
    for await (const line of readline.createInterface({ input: fs.createReadStream(file) })) {
      const [time = '', stream = '', tag = ''] = line.split(' ', 3)
      const begun = open.get(stream) ?? { time, text: '' }
      const record = { time: begun.time, text: begun.text + line.slice(time.length + stream.length + tag.length + 3) }
      if (tag === 'P') open.set(stream, record)
      else {
        open.delete(stream)
        yield { ...record, stream }
      }
    }
  }
}
