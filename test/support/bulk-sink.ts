import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'

/** A stand-in for Elasticsearch that keeps every document by its `_id`, so that a test can say what is missing, doubled or changed. */
export interface BulkSink {
  readonly url: string
  /** `_id` → document, as first created. */
  readonly documents: Map<string, Record<string, unknown>>
  /** The closing documents of files, apart from those of records. */
  readonly closings: Map<string, Record<string, unknown>>
  /** How often an `_id` came again. */
  readonly repeats: Map<string, number>
  readonly requests: number
  /** Answers with this status and nothing else until it is set to undefined. */
  fail: number | undefined
  /** What an item is refused with; undefined: it is taken. */
  refuse: (document: Record<string, unknown>, index: string | undefined) => ItemRefusal | undefined
  close(): Promise<void>
}

export interface ItemRefusal {
  readonly status: number
  readonly error: { readonly type: string; readonly reason: string }
}

interface Item {
  readonly create: Partial<ItemRefusal> & { readonly status: number }
}

const readBody = async (request: http.IncomingMessage): Promise<string> => {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  const body = Buffer.concat(parts)
  return (request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString('utf8')
}

export const startBulkSink = async (port = 0): Promise<BulkSink> => {
  const documents = new Map<string, Record<string, unknown>>()
  const closings = new Map<string, Record<string, unknown>>()
  const repeats = new Map<string, number>()
  const nothing = (): ItemRefusal | undefined => undefined
  const state = { requests: 0, fail: undefined as number | undefined, refuse: nothing as BulkSink['refuse'] }

  const create = (action: string, document: string): Item => {
    const { _id, _index } = (JSON.parse(action) as { create: { _id?: string; _index?: string } }).create
    const refusal = state.refuse(JSON.parse(document), _index)
    if (refusal) return { create: refusal }
    const id = _id ?? `auto-${documents.size}`
    const isClosing = /-end-\d+$/.test(id)
    const kept = isClosing ? closings : documents
    if (kept.has(id)) {
      if (!isClosing) repeats.set(id, (repeats.get(id) ?? 0) + 1)
      return { create: { status: 409, error: { type: 'version_conflict_engine_exception', reason: 'exists' } } }
    }
    kept.set(id, JSON.parse(document) as Record<string, unknown>)
    return { create: { status: 201 } }
  }
  const bulk = (body: string): string => {
    const lines = body.split('\n')
    const items: Item[] = []
    for (let i = 0; i + 1 < lines.length; i += 2) items.push(create(lines[i] as string, lines[i + 1] as string))
    return JSON.stringify({ took: 1, errors: items.some((i) => i.create.status !== 201), items })
  }
  const server = http.createServer(async (request, response) => {
    const body = await readBody(request)
    response.setHeader('x-elastic-product', 'Elasticsearch')
    response.setHeader('content-type', 'application/json')
    if (!request.url?.includes('_bulk')) {
      response.end('{"version":{"number":"9.5.3"},"overlapping":[]}')
      return
    }
    state.requests++
    if (state.fail !== undefined)
      response.writeHead(state.fail).end('{"error":{"type":"made_up","reason":"told to fail"}}')
    else response.end(bulk(body))
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    documents,
    closings,
    repeats,
    get requests() {
      return state.requests
    },
    get fail() {
      return state.fail
    },
    set fail(status) {
      state.fail = status
    },
    get refuse() {
      return state.refuse
    },
    set refuse(decide) {
      state.refuse = decide
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
