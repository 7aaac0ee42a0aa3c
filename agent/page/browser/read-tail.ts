import type { TailLine } from '../api.ts'
import { get } from './server.ts'

/** Calls for each line of the stream, until it ends. */
export const readTail = async (query: string, signal: AbortSignal, line: (line: TailLine) => void): Promise<void> => {
  const response = await get('/api/tail', { query }, signal)
  if (!response.ok || !response.body) {
    const { reason } = (await response.json()) as { reason: string }
    return line({ kind: 'failed', reason })
  }
  let rest = ''
  const texts = response.body.pipeThrough(
    new TextDecoderStream() as ReadableWritablePair<string, Uint8Array<ArrayBuffer>>,
  )
  const reader = texts.getReader()
  for (;;) {
    const { value, done } = await reader.read()
    if (done) return
    const lines = (rest + value).split('\n')
    rest = lines.pop() ?? ''
    for (const one of lines) if (one !== '') line(JSON.parse(one) as TailLine)
  }
}
