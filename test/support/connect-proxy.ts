import http from 'node:http'
import net, { type AddressInfo } from 'node:net'

/** A small HTTP proxy: tunnels for CONNECT, forwards requests with a whole address. */
export interface ConnectProxy {
  readonly url: string
  /** `CONNECT host:port`, or method and address, of each request, refused ones too. */
  readonly seen: string[]
  /** The `Proxy-Authorization` that came with each. */
  readonly credentials: (string | undefined)[]
  /** What is answered instead of a tunnel or an answer; undefined: it works. 'hang': nothing. */
  refuse: ((authorization: string | undefined) => number | 'hang' | undefined) | undefined
  close(): Promise<void>
}

export const startConnectProxy = async (): Promise<ConnectProxy> => {
  const sockets = new Set<net.Socket>()
  const state = { refuse: undefined as ConnectProxy['refuse'] }
  const [seen, credentials]: [string[], (string | undefined)[]] = [[], []]
  const note = (request: http.IncomingMessage): number | 'hang' | undefined => {
    seen.push(`${request.method} ${request.url}`)
    credentials.push(request.headers['proxy-authorization'])
    return state.refuse?.(request.headers['proxy-authorization'])
  }
  const server = http.createServer((request, response) => {
    const refusal = note(request)
    if (refusal === 'hang') return
    if (refusal !== undefined) return void response.writeHead(refusal).end()
    const { 'proxy-authorization': _, ...headers } = request.headers
    const onward = http.request(request.url!, { method: request.method!, headers }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers)
      answer.pipe(response)
    })
    onward.on('error', () => response.writeHead(502).end())
    request.pipe(onward)
  })
  server.on('connect', (request: http.IncomingMessage, socket: net.Socket) => {
    const refusal = note(request)
    socket.on('error', () => {})
    if (refusal === 'hang') return
    if (refusal !== undefined) return void socket.end(`HTTP/1.1 ${refusal} Refused\r\n\r\n`)
    const [host, port] = request.url!.split(':')
    const onward = net.connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      socket.pipe(onward).pipe(socket)
    })
    onward.on('error', () => socket.destroy())
    socket.on('close', () => onward.destroy())
  })
  server.on('connection', (socket) => sockets.add(socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return Object.assign(state, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    credentials,
    close: () =>
      new Promise<void>((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  })
}
