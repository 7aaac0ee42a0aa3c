import type { FileHandle } from 'node:fs/promises'

/** How far back a file is read for the documents that a crash may have made come again. */
export const lookBackBytes = 16 * 1024 * 1024

const blockBytes = 256 * 1024

const readBlock = async (handle: FileHandle, from: number, to: number): Promise<Buffer> => {
  const block = Buffer.alloc(to - from)
  let done = 0
  while (done < block.length) {
    const { bytesRead } = await handle.read(block, done, block.length - done, from + done)
    if (bytesRead === 0) break
    done += bytesRead
  }
  return block.subarray(0, done)
}

/** Where the last whole line ends. What follows was being written when the agent, or the machine, went down. */
export const wholeLinesEnd = async (handle: FileHandle, size: number): Promise<number> => {
  for (let to = size; to > 0; ) {
    const from = Math.max(0, to - blockBytes)
    const newline = (await readBlock(handle, from, to)).lastIndexOf(10)
    if (newline >= 0) return from + newline + 1
    to = from
  }
  return 0
}

/** Our own lines begin so (documentLine); ids hold no escapes. */
const idStart = /^\{"_id":"([^"\\]*)"/

/** The `_id`s of the lines that begin in the last `lookBackBytes` before `end`. */
export const idsBefore = async (handle: FileHandle, end: number): Promise<Set<string>> => {
  const ids = new Set<string>()
  let rest = ''
  // The first line may have lost its beginning; it is then no line of ours.
  for (let at = Math.max(0, end - lookBackBytes); at < end; at += blockBytes) {
    const block = await readBlock(handle, at, Math.min(end, at + blockBytes))
    const lines = (rest + block.toString('latin1')).split('\n')
    // Of an unfinished line only its beginning matters.
    rest = (lines.pop() ?? '').slice(0, 4096)
    for (const line of lines) {
      const id = idStart.exec(line)?.[1]
      if (id !== undefined) ids.add(id)
    }
  }
  return ids
}
