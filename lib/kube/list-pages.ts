import type { Clock } from '../io/clock.ts'
import { isTooLarge, malformed } from './kube-error.ts'
import { readJson } from './read-body.ts'
import { ACCEPT, type KubeObject, type Resource } from './resource.ts'
import { withTimeLimit } from './time-limit.ts'
import type { ListWatchTuning } from './tuning.ts'

interface Page {
  readonly items: readonly KubeObject[]
  readonly version: string
  readonly next: string | undefined
}

const asPage = (body: unknown): Page => {
  const list = (body ?? {}) as { items?: unknown; metadata?: { resourceVersion?: unknown; continue?: unknown } }
  const version = list.metadata?.resourceVersion
  if (typeof version !== 'string' || !(Array.isArray(list.items) || list.items === null)) throw malformed('not a list')
  const next = list.metadata?.continue
  return { items: list.items ?? [], version, next: typeof next === 'string' && next !== '' ? next : undefined }
}

/**
 * `from` as a resourceVersion is meant in lists: '0' is anything from the server's cache, a version means not older than
 * that, '' the very latest (a quorum read on old servers).
 */
const placeOf = (from: string): Record<string, string> => {
  if (from === '') return {}
  return from === '0' ? { resourceVersion: '0' } : { resourceVersion: from, resourceVersionMatch: 'NotOlderThan' }
}

/**
 * All pages of a list. Of each object only what `shape` keeps is held. A page that is too large is asked for again at half its size, down to
 * single objects: annotations of 256 KB on some hundred pods must not end all seeing. (A server that answers from its cache, '0', knows no pages.)
 */
export const listPages = async <T>(
  resource: Resource,
  from: string,
  shape: (object: KubeObject) => T,
  { clock, tuning, signal }: { clock: Clock; tuning: ListWatchTuning; signal: AbortSignal },
): Promise<{ objects: T[]; version: string }> => {
  const { client, path } = resource
  let limit = tuning.pageSize

  const read = (place: Record<string, string>): Promise<Page> =>
    withTimeLimit(clock, tuning.answerMs, signal, async (limited) => {
      const query = { ...resource.query, limit: String(limit), ...place }
      const body = await client.get({ path, query, accept: ACCEPT[resource.content].list, signal: limited })
      return asPage(await readJson(body, tuning.maxPageBytes))
    })

  const readFitting = async (place: Record<string, string>): Promise<Page> => {
    for (;;) {
      try {
        return await read(place)
      } catch (error) {
        if (!isTooLarge(error) || limit === 1 || place.resourceVersion === '0') throw error
        limit = Math.ceil(limit / 2)
      }
    }
  }

  const objects: T[] = []
  for (let place = placeOf(from); ; ) {
    const { items, version, next } = await readFitting(place)
    for (const item of items) objects.push(shape(item))
    if (next === undefined) return { objects, version }
    place = { continue: next }
  }
}
