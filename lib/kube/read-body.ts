import { malformed, tooLarge } from './kube-error.ts'

const NEWLINE = 0x0a

const parse = (bytes: Buffer): unknown => {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch (error) {
    throw malformed(`not JSON: ${JSON.stringify(bytes.subarray(0, 80).toString('utf8'))}`, error)
  }
}

/** The whole body, at most `maxBytes`. */
export const readBytes = async (body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Buffer> => {
  const pieces: Uint8Array[] = []
  let size = 0
  for await (const piece of body) {
    size += piece.length
    if (size > maxBytes) throw tooLarge(maxBytes)
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}

export const readJson = async (body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<unknown> =>
  parse(await readBytes(body, maxBytes))

/** One JSON value a line, as watches are sent; chunks end anywhere. A line longer than `maxLineBytes` ends the reading with an error. */
export async function* jsonLines(body: AsyncIterable<Uint8Array>, maxLineBytes: number): AsyncGenerator<unknown, void> {
  let carried: Uint8Array[] = []
  let carriedBytes = 0
  for await (const chunk of body) {
    let from = 0
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      const rest = chunk.subarray(from, end)
      if (carriedBytes + rest.length > maxLineBytes) throw malformed(`a line of more than ${maxLineBytes} bytes`)
      const line = Buffer.concat([...carried, rest])
      carried = []
      carriedBytes = 0
      from = end + 1
      if (line.length > 0) yield parse(line)
    }
    if (from < chunk.length) {
      carried.push(chunk.subarray(from))
      carriedBytes += chunk.length - from
    }
    if (carriedBytes > maxLineBytes) throw malformed(`a line of more than ${maxLineBytes} bytes`)
  }
  // A line without its newline was cut off with the connection: whoever resumes gets it again.
}
