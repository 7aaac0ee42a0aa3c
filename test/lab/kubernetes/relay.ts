import { once } from 'node:events'
import net from 'node:net'

/** A TCP relay that can be cut: between the agent and its API server, so that either can lose the other. */
export interface Relay {
  readonly port: number
  /** Connections so far. */
  readonly connections: number
  /** Cuts what is open and takes nothing new. */
  cut(): void
  mend(): void
  close(): Promise<void>
}

export const startRelay = async (target: number): Promise<Relay> => {
  const open = new Set<net.Socket>()
  const state = { isCut: false, connections: 0 }
  const server = net.createServer((near) => {
    if (state.isCut) {
      near.destroy()
      return
    }
    state.connections += 1
    const far = net.connect(target, '127.0.0.1')
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        open.delete(one)
        other.destroy()
      })
      one.pipe(other)
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const drop = (): void => {
    for (const socket of open) socket.destroy()
  }
  return {
    port: (server.address() as net.AddressInfo).port,
    get connections() {
      return state.connections
    },
    cut: () => {
      state.isCut = true
      drop()
    },
    mend: () => {
      state.isCut = false
    },
    close: async () => {
      drop()
      server.close()
      await once(server, 'close')
    },
  }
}
