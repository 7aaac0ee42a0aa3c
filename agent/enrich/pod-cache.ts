import type { ContainerOrigin } from '../event.ts'
import { containerIdOf } from './path-facts.ts'
import type { PodFacts } from './pod-fields.ts'

/** One pod as the cache has it. Replaced when its facts change, so that its identity tells whether they did. */
export interface KnownPod {
  readonly facts: PodFacts
  /** Facts as JSON: equal text, equal documents. */
  readonly text: string
}

interface Entry {
  known: KnownPod
  /** When the API said that it is gone, ms since the epoch. */
  goneAtMs: number | undefined
  usedAtMs: number
}

export interface SavedPod {
  readonly facts: PodFacts
  readonly goneAtMs: number | undefined
}

export interface PodCacheOptions {
  readonly maxPods: number
  /** Gone pods are kept this long after they went and after a file of theirs was last asked for. */
  readonly goneGraceMs: number
}

export interface PodCache {
  /** The pod that a file belongs to. */
  find(origin: ContainerOrigin, nowMs: number): KnownPod | undefined
  /** The pod whose uid, or, where it is static, configuration's hash this is. */
  ofFolder(folder: string): KnownPod | undefined
  put(facts: PodFacts, nowMs: number): void
  /** The API has it no more. */
  gone(uid: string, nowMs: number): void
  /** All that the API has: what is not among them is gone. */
  replace(pods: readonly PodFacts[], nowMs: number): void
  /** Forgets pods that are gone for good. */
  sweep(nowMs: number): void
  load(pods: readonly SavedPod[], nowMs: number): void
  /** Most recently used first. */
  saved(): SavedPod[]
  /** Changes whenever saved() would say something else. */
  readonly changes: number
  readonly size: number
  readonly evicted: number
}

const nameOf = ({ namespace, pod }: { namespace: string; pod: string }): string => `${namespace}/${pod}`

/** Earlier runs of a container stay known beyond what its status tells: crash loops leave several files. */
const MAX_RUNS = 5

const withEarlierRuns = (facts: PodFacts, before: PodFacts | undefined): PodFacts => {
  if (before === undefined) return facts
  const containers = facts.containers.map((container) => {
    const earlier = before.containers.find((one) => one.name === container.name)?.runs ?? []
    const missing = earlier.filter((run) => !container.runs.some((one) => one.restart === run.restart))
    return missing.length === 0 ? container : { ...container, runs: [...container.runs, ...missing].slice(0, MAX_RUNS) }
  })
  return { ...facts, containers }
}

/** Does the pod know of the container that the file's name carries? A status that has no id yet may still come to know it. */
const mayOwn = (facts: PodFacts, origin: ContainerOrigin): boolean => {
  const id = containerIdOf(origin)
  const runs = facts.containers.find((one) => one.name === origin.container)?.runs ?? []
  return id === undefined || runs.length === 0 || runs.some((run) => run.id === id)
}

export const createPodCache = ({ maxPods, goneGraceMs }: PodCacheOptions): PodCache => {
  const byUid = new Map<string, Entry>()
  /** A StatefulSet's pods follow each other under one name: the newest last. */
  const byName = new Map<string, string[]>()
  let changes = 0
  let evicted = 0

  const forget = (uid: string): void => {
    const entry = byUid.get(uid)
    if (entry === undefined) return
    byUid.delete(uid)
    const { namespace, name } = entry.known.facts
    const key = nameOf({ namespace, pod: name })
    const others = (byName.get(key) ?? []).filter((one) => one !== uid)
    if (others.length === 0) byName.delete(key)
    else byName.set(key, others)
    changes += 1
  }

  /** Over the limit, the pod that was not used for longest goes; among those that are gone, where there are any. */
  const makeRoom = (): void => {
    while (byUid.size > maxPods) {
      let victim: [string, Entry] | undefined
      for (const [uid, entry] of byUid) {
        const sooner = victim === undefined || rank(entry) < rank(victim[1])
        if (sooner) victim = [uid, entry]
      }
      if (victim === undefined) return
      forget(victim[0])
      evicted += 1
    }
  }

  const rank = (entry: Entry): number =>
    entry.usedAtMs + (entry.goneAtMs === undefined ? Number.MAX_SAFE_INTEGER / 2 : 0)

  const insert = (facts: PodFacts, goneAtMs: number | undefined, nowMs: number): void => {
    byUid.set(facts.uid, { known: { facts, text: JSON.stringify(facts) }, goneAtMs, usedAtMs: nowMs })
    const key = nameOf({ namespace: facts.namespace, pod: facts.name })
    byName.set(key, [...(byName.get(key) ?? []), facts.uid])
    changes += 1
    makeRoom()
  }

  const put = (fresh: PodFacts, nowMs: number): void => {
    const entry = byUid.get(fresh.uid)
    if (entry === undefined) {
      insert(fresh, undefined, nowMs)
      return
    }
    const facts = withEarlierRuns(fresh, entry.known.facts)
    const text = JSON.stringify(facts)
    if (text === entry.known.text && entry.goneAtMs === undefined) return
    if (text !== entry.known.text) entry.known = { facts, text }
    entry.goneAtMs = undefined
    changes += 1
  }

  const gone = (uid: string, nowMs: number): void => {
    const entry = byUid.get(uid)
    if (entry === undefined || entry.goneAtMs !== undefined) return
    entry.goneAtMs = nowMs
    changes += 1
  }

  const named = (origin: ContainerOrigin): Entry[] =>
    (byName.get(nameOf(origin)) ?? []).map((uid) => byUid.get(uid) as Entry)

  /** A static pod's folder has its config hash. An annotation is anybody's text: it counts only for a pod of the folder's own name. */
  const byFolder = (folder: string, origin: ContainerOrigin): Entry | undefined => {
    const entry = byUid.get(folder)
    if (entry === undefined) return named(origin).findLast((one) => one.known.facts.configHash === folder)
    const { namespace, name } = entry.known.facts
    return namespace === origin.namespace && name === origin.pod ? entry : undefined
  }

  /** The annotation is anybody's text: where two pods say that they are the one, neither is believed. */
  const theOnlyStatic = (folder: string): Entry | undefined => {
    const [one, ...others] = [...byUid.values()].filter(({ known }) => known.facts.configHash === folder)
    return others.length === 0 ? one : undefined
  }

  const byItsName = (origin: ContainerOrigin): Entry | undefined =>
    named(origin).findLast((entry) => mayOwn(entry.known.facts, origin))

  return {
    find: (origin, nowMs) => {
      const entry = origin.podUid === undefined ? byItsName(origin) : byFolder(origin.podUid, origin)
      if (entry !== undefined) entry.usedAtMs = nowMs
      return entry?.known
    },
    ofFolder: (folder) => (byUid.get(folder) ?? theOnlyStatic(folder))?.known,
    put,
    gone,
    replace: (pods, nowMs) => {
      const present = new Set(pods.map((pod) => pod.uid))
      for (const uid of byUid.keys()) if (!present.has(uid)) gone(uid, nowMs)
      for (const pod of pods) put(pod, nowMs)
    },
    sweep: (nowMs) => {
      for (const [uid, { goneAtMs, usedAtMs }] of byUid) {
        if (goneAtMs !== undefined && nowMs - Math.max(goneAtMs, usedAtMs) >= goneGraceMs) forget(uid)
      }
    },
    load: (pods, nowMs) => {
      for (const { facts, goneAtMs } of pods) if (!byUid.has(facts.uid)) insert(facts, goneAtMs, nowMs)
    },
    saved: () =>
      [...byUid.values()]
        .sort((a, b) => rank(b) - rank(a))
        .map(({ known, goneAtMs }) => ({ facts: known.facts, goneAtMs })),
    get changes() {
      return changes
    },
    get size() {
      return byUid.size
    },
    get evicted() {
      return evicted
    },
  }
}
