import assert from 'node:assert/strict'
import { globSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { eventually } from '../../support/eventually.ts'
import { searchAll, searchPages } from '../agent/search-all.ts'
import type { Hit } from '../elasticsearch/discover.ts'
import { WORKLOAD_IMAGE } from './images.ts'
import { type NodeLab, WORKLOADS } from './lab.ts'
import type { Machine } from './machine.ts'

/** A pod that writes numbered lines on both of its streams (workload/workload.c) until it is deleted. */
export interface Writer {
  readonly name: string
  /** Waits until so many more of its lines are in the store. */
  delivers(more: number): Promise<unknown>
  /** Waits until so many of its lines are in the store. */
  deliversAll(lines: number, deadlineMs: number): Promise<unknown>
  /** Waits until the kubelet has rotated its log so often. */
  rotates(times: number): Promise<unknown>
  /** Waits until its log will not be rotated for some seconds. */
  calms(): Promise<unknown>
  /** Deletes it, once no rotation is near; it writes some hundred lines more (not where it had `lines`), says how many there were, and ends. Returns when the pod is gone. */
  end(): Promise<void>
  /** After end(): waits until every line is in the store, and fails where one is there twice. How many there were. */
  everyLineOnce(deadlineMs?: number): Promise<number>
}

export const STREAM = 'logs-kubernetes.container_logs-default'
/** By which the documents of the lab's pods are known. */
export const LABEL = { 'lab/writer': 'yes' } as const
const DEADLINE_MS = 120_000
const GRACE_S = 10

export interface WriterOptions {
  readonly node: Machine
  readonly linesPerSecond?: number
  /** After so many it waits; without, it goes on. */
  readonly lines?: number
}

const body = (name: string, { node, linesPerSecond = 400, lines = 0 }: WriterOptions): object => ({
  metadata: { name, labels: LABEL },
  spec: {
    nodeSelector: { 'kubernetes.io/hostname': node.name },
    terminationGracePeriodSeconds: GRACE_S,
    automountServiceAccountToken: false,
    tolerations: [{ operator: 'Exists' }],
    containers: [{ name: 'writer', image: WORKLOAD_IMAGE, args: ['write', String(linesPerSecond), String(lines)] }],
  },
})

export const recordsOf = (pod: string): object => ({
  bool: {
    filter: [{ term: { 'kubernetes.pod.name': pod } }],
    must_not: [{ term: { 'event.action': 'log_file_closed' } }],
  },
})

const countOf = async ({ server }: NodeLab, pod: string): Promise<number> => {
  await server.call('POST', `/${STREAM}/_refresh`)
  const { status, text } = await server.call('POST', `/${STREAM}/_count`, { query: recordsOf(pod) })
  // No stream before its first document.
  return status === 200 ? (JSON.parse(text) as { count: number }).count : 0
}

/** How often each line of each stream is there, by their numbers, and how many documents there are. */
const tally = async ({ server }: NodeLab, pod: string) => {
  const counts: Record<string, number[]> = { stdout: [], stderr: [] }
  let documents = 0
  const visit = (page: readonly Hit[]): void => {
    documents += page.length
    for (const { _source } of page) {
      const [stream = '', number] = String(_source.message).split(' ', 2)
      const of = counts[stream]
      if (of) of[Number(number)] = (of[Number(number)] ?? 0) + 1
    }
  }
  await searchPages(server, STREAM, recordsOf(pod), visit, ['message'])
  return { documents, stdout: summary(counts.stdout), stderr: summary(counts.stderr) }
}

/** `counts` has holes where a line is not there. */
const summary = (counts: readonly number[] = []): object => {
  const numbers = Array.from(counts, (count = 0, number) => [count, number] as const)
  return {
    lines: counts.length,
    lost: numbers.flatMap(([count, number]) => (count === 0 ? [number] : [])).slice(0, 20),
    doubled: numbers.flatMap(([count, number]) => (count > 1 ? [number] : [])).slice(0, 20),
  }
}

const whole = (lines: number): object => ({ lines, lost: [], doubled: [] })

/** Its last line says how many there were of each stream. */
const everyLineOnce = async (lab: NodeLab, pod: string, deadlineMs = DEADLINE_MS): Promise<number> => {
  const last = { bool: { filter: [recordsOf(pod), { match_phrase_prefix: { message: 'end' } }] } }
  const [stdout = 0, stderr = 0] = await eventually(
    `the last line of ${pod}`,
    async () => {
      const [hit] = await searchAll(lab.server, STREAM, last)
      return hit && /^end (\d+) (\d+)$/.exec(String(hit._source.message))?.slice(1).map(Number)
    },
    deadlineMs,
  )
  const all = stdout + stderr + 1
  const isThere = async (): Promise<boolean> => {
    const count = await countOf(lab, pod)
    if (count < all) throw new Error(`${count} of ${all}`)
    return true
  }
  try {
    await eventually(`every line of ${pod}`, isThere, deadlineMs)
  } finally {
    assert.deepEqual(await tally(lab, pod), { documents: all, stdout: whole(stdout), stderr: whole(stderr) })
  }
  return all
}

/** The kubelet names a rotated file by its time, compresses it at the next rotation and deletes the oldest. */
const rotated = (node: Machine, pod: string, seen: Set<string>): number => {
  const files = globSync(node.path(`/var/log/pods/${WORKLOADS}_${pod}_*/writer/0.log.*`))
  for (const file of files) seen.add(basename(file).replace(/\.(gz|tmp)$/, ''))
  return seen.size
}

/** Old enough that a look of the agent has met it, and so small that it is not rotated before the pod is gone. At 1,000 lines a second there are 277 kB after the first, and 512 KiB are rotated. */
const SEEN_MS = 1300
const FAR_FROM_ROTATION_BYTES = 330 * 1024

/**
 * A file that is made by a rotation and removed with its pod within one poll_interval comes and goes unseen (docs/guarantees.md). The
 * lab's kubelet rotates a hundred times as often as others, and would meet that here and there.
 */
const noRotationIsNear = (node: Machine, pod: string): boolean => {
  const folder = `/var/log/pods/${WORKLOADS}_${pod}_*/writer`
  const [file] = globSync(node.path(`${folder}/0.log`))
  // Without a live file it is being rotated at this moment.
  if (file === undefined) return globSync(node.path(folder)).length === 0
  const { birthtimeMs, size } = statSync(file)
  return Date.now() - birthtimeMs > SEEN_MS && size < FAR_FROM_ROTATION_BYTES
}

const calms = (node: Machine, pod: string): Promise<unknown> =>
  eventually('no rotation is near', () => noRotationIsNear(node, pod), DEADLINE_MS)

export const startWriter = async (lab: NodeLab, name: string, options: WriterOptions): Promise<Writer> => {
  const pods = `/api/v1/namespaces/${WORKLOADS}/pods`
  await lab.cluster.ask('POST', pods, body(name, options))
  const isGone = async (): Promise<boolean> => (await lab.cluster.call('GET', `${pods}/${name}`)).status === 404
  return {
    name,
    delivers: async (more) => {
      const before = await countOf(lab, name)
      const enough = async (): Promise<boolean> => (await countOf(lab, name)) >= before + more
      return eventually(`${more} more lines of ${name}`, enough, DEADLINE_MS)
    },
    deliversAll: (lines, deadlineMs) =>
      eventually(`${lines} lines of ${name}`, async () => (await countOf(lab, name)) >= lines, deadlineMs),
    rotates: (times) => {
      const seen = new Set<string>()
      return eventually(`${times} rotations`, () => rotated(options.node, name, seen) >= times, DEADLINE_MS)
    },
    calms: () => calms(options.node, name),
    end: async () => {
      await calms(options.node, name)
      await lab.cluster.call('DELETE', `${pods}/${name}`)
      await eventually(`the end of ${name}`, isGone, DEADLINE_MS)
    },
    everyLineOnce: (deadlineMs) => everyLineOnce(lab, name, deadlineMs),
  }
}
