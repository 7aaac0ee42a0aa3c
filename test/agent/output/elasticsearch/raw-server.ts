import net from 'node:net'
import type { TestContext } from 'node:test'

/** A server that is told for each request what to do with its socket: what no HTTP server of Node's would do. */
export interface RawServer {
  readonly url: string
  /** Sockets in the order in which they came. */
  readonly sockets: readonly net.Socket[]
  /** The socket that each request came on, by its position in `sockets`. */
  readonly requests: readonly number[]
}

export type RawAnswer = (socket: net.Socket, request: number) => void

export const answerWith =
  (body: string, length = body.length): RawAnswer =>
  (socket) =>
    void socket.write(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n${body}`)

/** Reads requests with a content-length, calls `answer` after the last byte of each. */
export const startRawServer = async (context: TestContext, answer: RawAnswer): Promise<RawServer> => {
  const sockets: net.Socket[] = []
  const requests: number[] = []
  const server = net.createServer((socket) => {
    const position = sockets.push(socket) - 1
    let text = ''
    socket.on('error', () => {})
    socket.on('data', (part) => {
      text += part.toString('latin1')
      const head = text.indexOf('\r\n\r\n')
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1])
      if (head < 0 || text.length < head + 4 + length) return
      text = text.slice(head + 4 + length)
      answer(socket, requests.push(position) - 1)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  context.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as net.AddressInfo).port}`, sockets, requests }
}
