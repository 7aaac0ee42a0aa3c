import type { DaemonSet, Json, JsonObject, Revision } from '../cluster.ts'
import { goJson } from './go-json.ts'
import { isObject } from './json-fields.ts'
import { HASH_LABEL } from './pod-body.ts'
import { selects } from './selector.ts'

/** What a revision keeps of a DaemonSet: a patch that would bring its template back. pkg/controller/daemon getPatch. */
export const revisionData = ({ template }: DaemonSet): JsonObject => ({
  spec: { template: { ...template, $patch: 'replace' } },
})

/**
 * Kubernetes wrote `"creationTimestamp":null` into every metadata, nested claim templates too, until 1.34 left it out (kubernetes#130989).
 * Taken for a difference it restarts every pod of a cluster once (kubernetes#134773).
 */
const meaningful = (object: JsonObject): string[] =>
  Object.keys(object).filter((key) => key !== 'creationTimestamp' || object[key] !== null)

/** Neither the order of keys nor what means nothing counts. Ten revisions of 20 KB are compared in every turn: it stops at a difference. */
const same = (a: Json | undefined, b: Json | undefined): boolean => {
  if (a === b) return true
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => same(item, b[i]))
  if (!isObject(a) || !isObject(b)) return false
  const keys = meaningful(a)
  return keys.length === meaningful(b).length && keys.every((key) => Object.hasOwn(b, key) && same(a[key], b[key]))
}

/** Whether two revisions' data mean the same template, however they are written. */
export const sameTemplate = (a: JsonObject, b: JsonObject): boolean => same(a, b)

/** As `sameTemplate`, for one against many. */
export const matchesTemplateOf = (daemonSet: DaemonSet): ((revision: Revision) => boolean) => {
  const wanted = revisionData(daemonSet)
  return ({ data }) => sameTemplate(data, wanted)
}

/** Without what means nothing: it must not change the hash. */
const canonical = (value: Json): Json => {
  if (Array.isArray(value)) return value.map(canonical)
  if (!isObject(value)) return value
  return Object.fromEntries(meaningful(value).map((key) => [key, canonical(value[key] as Json)]))
}

/** FNV-1a of 32 bits (draft-eastlake-fnv). */
const fnv = (bytes: Uint8Array): number => {
  let hash = 0x811c9dc5
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193)
  return hash >>> 0
}

// apimachinery rand.SafeEncodeString: no vowels, so that no word comes of it.
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789'

/** Of eight bytes, as upstream adds it. */
const collisionBytes = (count: number | undefined): Uint8Array => {
  const bytes = new Uint8Array(count === undefined ? 0 : 8)
  if (count !== undefined) new DataView(bytes.buffer).setUint32(0, count, true)
  return bytes
}

/**
 * The name of a template, at most 10 characters. Upstream hashes a dump of Go's structure, another one in each of its releases; it is a
 * name and nothing more, so ours may differ: what a revision is of is decided by its data.
 */
export const revisionHash = (daemonSet: DaemonSet): string => {
  const text = Buffer.from(goJson(canonical(revisionData(daemonSet))))
  const hash = fnv(Buffer.concat([text, collisionBytes(daemonSet.status.collisionCount)]))
  return [...String(hash)].map((digit) => ALPHABET[digit.charCodeAt(0) % ALPHABET.length]).join('')
}

/**
 * The newest revision that is of this template and has a hash label: what pods are labelled with where revisions are somebody else's
 * to write. Orphans count that the built-in controller would adopt.
 */
export const currentRevision = (daemonSet: DaemonSet, revisions: readonly Revision[]): Revision | undefined => {
  const matches = matchesTemplateOf(daemonSet)
  return revisions
    .filter(({ owner, labels }) => (owner ? owner.uid === daemonSet.uid : selects(daemonSet.selector, labels)))
    .filter((revision) => revision.labels[HASH_LABEL] && matches(revision))
    .reduce<Revision | undefined>((newest, r) => (newest && newest.revision > r.revision ? newest : r), undefined)
}
