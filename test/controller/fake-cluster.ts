import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

type Fields = Record<string, unknown>
export interface Stored {
  spec?: Fields
  status?: Fields
  metadata: Fields & { name: string; namespace?: string; uid: string; resourceVersion: string }
}

export interface FakeCluster {
  readonly url: string
  /** Objects of a collection, by its resource's name: pods. */
  all(resource: string): readonly Stored[]
  /** As a user's request would. */
  create(path: string, body: Fields): Stored
  change(resource: string, name: string, change: Fields): void
  remove(resource: string, name: string): void
  /** `POST pods`, of requests that change something, in order. */
  readonly writes: string[]
  /** Called for each request that changes something, before it is done: a status to refuse it with. */
  refuse: ((method: string, resource: string) => number | undefined) | undefined
  close(): Promise<void>
}

/** /api/v1/namespaces/x/pods/p/status → pods, x, p; namespaces themselves are /api/v1/namespaces. */
const partsOf = (path: string): { resource: string; namespace: string | undefined; name: string | undefined } => {
  const parts = path.split('/').slice(path.startsWith('/apis/') ? 4 : 3)
  if (parts[0] === 'namespaces' && parts.length > 2)
    return { namespace: parts[1], resource: parts[2] ?? '', name: parts[3] }
  return { namespace: undefined, resource: parts[0] ?? '', name: parts[1] }
}

/** RFC 7386; lists are replaced, which does for owner references too. */
const merged = (target: unknown, patch: unknown): unknown => {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch
  const result = { ...((target ?? {}) as Fields) }
  for (const [key, value] of Object.entries(patch))
    if (value === null) delete result[key]
    else result[key] = merged(result[key], value)
  return result
}

type Patch = readonly { readonly op: string; readonly path: string; readonly value?: unknown }[]

/** RFC 6902 as far as it is used here: test, add and remove of members and of items by their index. */
const patched = (object: Fields, patch: Patch): Fields => {
  const result = structuredClone(object)
  for (const { op, path, value } of patch) {
    const keys = path
      .split('/')
      .slice(1)
      .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
    const last = keys.pop() ?? ''
    let at = result
    for (const key of keys) at = at?.[key] as Fields
    if (at === undefined || (op !== 'add' && !(last in at))) throw new Refusal(422)
    if (op === 'test' && JSON.stringify(at[last]) !== JSON.stringify(value)) throw new Refusal(422)
    if (op === 'add') at[last] = value
    if (op === 'remove' && Array.isArray(at)) at.splice(Number(last), 1)
    else if (op === 'remove') delete at[last]
  }
  return result
}

class Refusal extends Error {
  readonly status: number
  constructor(status: number) {
    super(`refused with ${status}`)
    this.status = status
  }
}

/** Enough of an API server for a controller: lists, watches, and writes with uids and versions, all in memory. */
export const startFakeCluster = async (): Promise<FakeCluster> => {
  let version = 0
  const collections = new Map<string, Map<string, Stored>>()
  const watchers = new Map<string, Set<http.ServerResponse>>()
  const writes: string[] = []
  const state: Pick<FakeCluster, 'refuse'> = { refuse: undefined }

  const collection = (resource: string): Map<string, Stored> => {
    const known = collections.get(resource) ?? new Map()
    collections.set(resource, known)
    return known
  }

  const tell = (type: string, resource: string, object: Stored): void => {
    for (const watcher of watchers.get(resource) ?? []) watcher.write(`${JSON.stringify({ type, object })}\n`)
  }

  const store = (type: string, resource: string, object: Fields): Stored => {
    version += 1
    const stored = {
      ...object,
      metadata: { ...(object.metadata as object), resourceVersion: String(version) },
    } as Stored
    collection(resource).set(stored.metadata.name, stored)
    tell(type, resource, stored)
    return stored
  }

  const create = (path: string, body: Fields): Stored => {
    const { resource, namespace } = partsOf(path)
    const given = body.metadata as Fields
    const name = String(given.name ?? `${given.generateName}${version}`)
    if (collection(resource).has(name)) throw new Refusal(409)
    const own = { generation: 1, ...given, name, uid: `${name}-uid-${version}`, ...(namespace ? { namespace } : {}) }
    return store('ADDED', resource, { ...body, metadata: own })
  }

  const found = (resource: string, name: string | undefined): Stored => {
    const object = collection(resource).get(name ?? '')
    if (!object) throw new Refusal(404)
    return object
  }

  const remove = (resource: string, name: string): Stored => {
    const object = found(resource, name)
    collection(resource).delete(name)
    version += 1
    const last = { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } }
    tell('DELETED', resource, last)
    return last
  }

  const change = (resource: string, name: string, patch: Fields): Stored => {
    const object = found(resource, name)
    const { uid, resourceVersion } = (patch.metadata ?? {}) as Fields
    const others = uid !== undefined && uid !== object.metadata.uid
    if (others || (resourceVersion !== undefined && resourceVersion !== object.metadata.resourceVersion))
      throw new Refusal(409)
    return store('MODIFIED', resource, merged(object, patch) as Fields)
  }

  const write = (method: string, path: string, body: Fields): Stored => {
    const { resource, name = '' } = partsOf(path)
    writes.push(`${method} ${resource}`)
    const refused = state.refuse?.(method, resource)
    if (refused !== undefined) throw new Refusal(refused)
    if (method === 'POST') return create(path, body)
    if (method === 'DELETE') {
      const { preconditions = {} } = body as { preconditions?: Fields }
      const { metadata } = found(resource, name)
      if (Object.entries(preconditions).some(([key, value]) => metadata[key] !== value)) throw new Refusal(409)
      return remove(resource, name)
    }
    if (Array.isArray(body))
      return store('MODIFIED', resource, patched(found(resource, name) as unknown as Fields, body as Patch))
    return change(resource, name, body)
  }

  const read = (url: URL, response: http.ServerResponse): void => {
    const { resource, name } = partsOf(url.pathname)
    if (name !== undefined) return void response.end(JSON.stringify(found(resource, name)))
    if (url.searchParams.get('watch') === null) {
      const label = url.searchParams.get('labelSelector') ?? ''
      const items = [...collection(resource).values()].filter(
        // A key that has to be there; other selectors select all.
        ({ metadata }) => !/^[a-z./]+$/.test(label) || label in ((metadata.labels ?? {}) as Fields),
      )
      return void response.end(JSON.stringify({ metadata: { resourceVersion: String(version) }, items }))
    }
    const own = watchers.get(resource) ?? new Set()
    watchers.set(resource, own.add(response))
    response.on('close', () => own.delete(response))
    response.flushHeaders()
    // What has happened between the list and the watch.
    const from = Number(url.searchParams.get('resourceVersion'))
    for (const object of collection(resource).values())
      if (Number(object.metadata.resourceVersion) > from)
        response.write(`${JSON.stringify({ type: 'MODIFIED', object })}\n`)
  }

  const server = http.createServer(async (request, response) => {
    const url = new URL(request.url ?? '', 'http://x')
    const { method = 'GET' } = request
    const body = await text(request)
    try {
      if (method === 'GET') read(url, response)
      else response.end(JSON.stringify(write(method, url.pathname, body === '' ? {} : JSON.parse(body))))
    } catch (error) {
      response.statusCode = error instanceof Refusal ? error.status : 500
      response.end(JSON.stringify({ kind: 'Status', message: String(error), code: response.statusCode }))
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    all: (resource) => [...collection(resource).values()],
    create,
    change: (resource, name, patch) => void change(resource, name, patch),
    remove: (resource, name) => void remove(resource, name),
    writes,
    get refuse() {
      return state.refuse
    },
    set refuse(refuse) {
      state.refuse = refuse
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
