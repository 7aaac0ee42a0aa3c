import type { Json } from '../../../controller/cluster.ts'
import { objectAt, textAt } from '../../../controller/plan/json-fields.ts'
import type { Send } from '../../../lib/kube/api-client.ts'
import { refused } from '../act/model-server.ts'

export interface ModelLeases {
  readonly send: Send
  /** As it stands; undefined before anybody took it. */
  readonly lease: Json | undefined
  /** Every write, as `holder`. */
  readonly writes: readonly string[]
  /** Fails every request while set. */
  down: boolean
  /** A write of somebody who does not play by the rules. */
  put(lease: Json): void
}

/** One lease on a server with optimistic locking. */
export const createModelLeases = (): ModelLeases => {
  let lease: Json | undefined
  let version = 0
  const writes: string[] = []
  const state = { down: false }

  const put = (body: Json): void => {
    version += 1
    lease = { ...objectAt(body), metadata: { ...objectAt(body, 'metadata'), resourceVersion: String(version) } }
    writes.push(textAt(lease, 'spec', 'holderIdentity'))
  }

  const send: Send = async ({ method, body }) => {
    await new Promise(setImmediate)
    if (state.down) throw refused(503)
    if (method === 'GET') {
      if (lease === undefined) throw refused(404)
      return lease
    }
    const known = textAt(body as Json, 'metadata', 'resourceVersion')
    const there = textAt(lease, 'metadata', 'resourceVersion')
    if (known !== there) throw refused(409, 'Conflict')
    put(body as Json)
    return lease
  }

  return {
    send,
    writes,
    put,
    get lease() {
      return lease
    },
    get down() {
      return state.down
    },
    set down(down) {
      state.down = down
    },
  }
}
