import { constants } from 'node:fs'
import { dirname } from 'node:path'
import type { Filesystem } from '../../lib/io/filesystem.ts'
import { asArray, asObject, asText } from './json-value.ts'
import type { OwnerKind } from './owner.ts'
import type { SavedPod } from './pod-cache.ts'
import type { PodFacts } from './pod-fields.ts'

/** What an agent that starts without an API server still knows. A cache: whatever is wrong with it costs metadata only, never a line. */
export interface SavedFacts {
  readonly pods: readonly SavedPod[]
  readonly namespaces: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly nodeLabels: Readonly<Record<string, string>>
}

const VERSION = 1
/** 500 pods take about 400 KB. What is beyond, the next list brings. */
const MAX_BYTES = 8 << 20

export const NOTHING_SAVED: SavedFacts = { pods: [], namespaces: {}, nodeLabels: {} }

const isTexts = (value: unknown): value is Record<string, string> =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.values(value).every((one) => typeof one === 'string')

const OWNERS: readonly unknown[] = [
  'deployment',
  'replicaset',
  'daemonset',
  'statefulset',
  'cronjob',
  'job',
] satisfies OwnerKind[]

const isRun = (value: unknown): boolean => {
  const { restart, id } = asObject(value)
  return typeof restart === 'number' && asText(id) !== undefined
}

const isContainer = (value: unknown): boolean => {
  const { name, image, runtime, runs } = asObject(value)
  return (
    asText(name) !== undefined && [image, runtime].every(isTextOrAbsent) && Array.isArray(runs) && runs.every(isRun)
  )
}

const isTextOrAbsent = (value: unknown): boolean => value === undefined || typeof value === 'string'

const isOwner = (value: unknown): boolean =>
  value === undefined || (OWNERS.includes(asObject(value).kind) && asText(asObject(value).name) !== undefined)

const isPod = (value: unknown): value is PodFacts => {
  const pod = asObject(value)
  const { node, ip, configHash, serviceName, serviceVersion, dataset, dataNamespace } = pod
  return (
    [pod.uid, pod.namespace, pod.name].every((one) => asText(one) !== undefined) &&
    [node, ip, configHash, serviceName, serviceVersion, dataset, dataNamespace].every(isTextOrAbsent) &&
    isOwner(pod.owner) &&
    isTexts(pod.labels) &&
    isTexts(pod.annotations) &&
    Array.isArray(pod.containers) &&
    pod.containers.every(isContainer)
  )
}

const asSavedPod = (value: unknown): SavedPod[] => {
  const { facts, goneAtMs } = asObject(value)
  return isPod(facts) ? [{ facts, goneAtMs: typeof goneAtMs === 'number' ? goneAtMs : undefined }] : []
}

const asSavedFacts = (text: string, node: string): SavedFacts => {
  const saved = asObject(JSON.parse(text))
  if (saved.version !== VERSION)
    throw new Error(`version ${JSON.stringify(saved.version)}, this agent knows ${VERSION}`)
  if (saved.node !== node) return NOTHING_SAVED
  return {
    pods: asArray(saved.pods).flatMap(asSavedPod),
    namespaces: Object.fromEntries(
      Object.entries(asObject(saved.namespaces)).filter(([, labels]) => isTexts(labels)),
    ) as SavedFacts['namespaces'],
    nodeLabels: isTexts(saved.nodeLabels) ? saved.nodeLabels : {},
  }
}

const readWhole = (fs: Filesystem, path: string, size: number): Buffer => {
  const fd = fs.open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  try {
    const bytes = Buffer.alloc(size)
    let filled = 0
    for (let got = -1; got !== 0 && filled < size; filled += got) got = fs.read(fd, bytes.subarray(filled), filled)
    return bytes.subarray(0, filled)
  } finally {
    fs.close(fd)
  }
}

/** Throws where the file is there and is not what was written: the caller says so and goes on without. */
export const loadFacts = (fs: Filesystem, path: string, node: string): SavedFacts => {
  const stat = fs.lstat(path)
  if (stat === undefined) return NOTHING_SAVED
  if (stat.kind !== 'file') throw new Error(`a ${stat.kind}, not a file`)
  if (stat.size > MAX_BYTES) throw new Error(`${stat.size} bytes, more than ${MAX_BYTES}`)
  return asSavedFacts(readWhole(fs, path, stat.size).toString('utf8'), node)
}

/** Pods in their order until the limit is reached. */
const serialize = (facts: SavedFacts, node: string): Buffer => {
  const rest = JSON.stringify({ version: VERSION, node, namespaces: facts.namespaces, nodeLabels: facts.nodeLabels })
  const pods: string[] = []
  let bytes = Buffer.byteLength(rest) + 16
  for (const pod of facts.pods) {
    const text = JSON.stringify(pod)
    bytes += Buffer.byteLength(text) + 1
    if (bytes > MAX_BYTES) break
    pods.push(text)
  }
  return Buffer.from(`${rest.slice(0, -1)},"pods":[${pods.join(',')}]}\n`)
}

/** Beside the old file, fsynced, renamed over it: a crash leaves the one or the other. */
export const saveFacts = (fs: Filesystem, path: string, node: string, facts: SavedFacts): void => {
  const beside = `${path}.tmp`
  const fd = fs.open(beside, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW, 0o600)
  try {
    fs.write(fd, serialize(facts, node))
    fs.fsync(fd)
  } finally {
    fs.close(fd)
  }
  fs.rename(beside, path)
  fs.fsyncDirectory(dirname(path))
}
