import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import readline from 'node:readline'
import { settledCount, waitForDocuments } from './completion.ts'
import type { Contender } from './contender.ts'
import { freshFolder, WORK_FOLDER } from './folder.ts'
import { readRecords } from './read-records.ts'
import { startAgent } from './running-agent.ts'
import { startSink } from './sink.ts'
import { catchUpWorkload, steadyWorkload } from './workload.ts'

export interface Exactness {
  readonly expected: number
  readonly missing: number
  /** Documents that came twice, or that stand for no record. */
  readonly wrong: number
  readonly doubledIds: number
  readonly firstWrong: string | undefined
}

/** Records and documents are held against each other by a digest of pod, time, stream and text: millions of them, one number each. */
const digest = (pod: string, time: string, stream: string, text: string): bigint =>
  createHash('sha1').update(`${pod}\0${time}\0${stream}\0${text}`).digest().readBigUInt64LE()

/** pods/<ns>_<pod>_<uid>/<container>/0.log*, or <pod>_<ns>_<container>-<id>.log */
const logFiles = (root: string): { readonly pod: string; readonly file: string }[] => {
  const flat = fs.globSync('*_*_*.log', { cwd: root }).map((file) => ({ pod: file.split('_')[0] ?? '', file }))
  const nested = fs
    .globSync('*_*_*/*/0.log*', { cwd: root })
    .sort((a, b) => Number(a.endsWith('0.log')) - Number(b.endsWith('0.log')) || (a < b ? -1 : 1))
    .map((file) => ({ pod: file.split('_')[1] ?? '', file }))
  return [...flat, ...nested]
}

const expectedRecords = async (root: string): Promise<Map<bigint, number>> => {
  const records = new Map<bigint, number>()
  const byPod = Map.groupBy(logFiles(root), ({ pod }) => pod)
  for (const [pod, files] of byPod) {
    for await (const { time, stream, text } of readRecords(files.map(({ file }) => path.join(root, file)))) {
      const key = digest(pod, time, stream, text)
      records.set(key, (records.get(key) ?? 0) + 1)
    }
  }
  return records
}

interface DumpedDocument {
  readonly '@timestamp': string
  readonly message: string
  readonly stream: string
  readonly kubernetes: { readonly pod: { readonly name: string } }
}

/** Takes every document of the sink's dump out of `records`; what is left there is missing. */
const compareDump = async (dumpFile: string, records: Map<bigint, number>): Promise<Omit<Exactness, 'expected'>> => {
  const ids = new Set<bigint>()
  const result = { wrong: 0, doubledIds: 0, firstWrong: undefined as string | undefined }
  let action = true
  for await (const line of readline.createInterface({ input: fs.createReadStream(dumpFile) })) {
    if (action) {
      const id = createHash('sha1').update(line).digest().readBigUInt64LE()
      if (ids.has(id)) result.doubledIds++
      ids.add(id)
    } else {
      const document = JSON.parse(line) as DumpedDocument
      const key = digest(document.kubernetes.pod.name, document['@timestamp'], document.stream, document.message)
      const left = records.get(key)
      if (left === undefined) {
        result.wrong++
        result.firstWrong ??= line
      } else if (left === 1) records.delete(key)
      else records.set(key, left - 1)
    }
    action = !action
  }
  return { ...result, missing: [...records.values()].reduce((a, b) => a + b, 0) }
}

/** Templates and other management bodies are no bulk: the dump is of bulks only where the sink is asked nothing else. */
const dumpOf = async (
  contender: Contender,
  sinkProgram: string,
  where: { readonly folder: string; readonly root: string; readonly gzip: boolean },
  write: () => Promise<number>,
): Promise<string> => {
  const dumpFile = path.join(WORK_FOLDER, 'dump.ndjson')
  const sink = await startSink(sinkProgram, WORK_FOLDER, { dumpFile })
  const agent = await startAgent(contender, sink, {
    logFolder: where.folder,
    allowedRoot: where.root,
    gzip: where.gzip,
  })
  try {
    await agent.ready()
    await waitForDocuments(sink, await write(), 15_000, () => {})
    await settledCount(sink)
  } finally {
    await agent.stop()
    await sink.stop()
  }
  return dumpFile
}

/** Untimed: every document of a catch-up (`gzip` or not) against the files that it was made from. */
export const exactCatchUp = async (contender: Contender, sinkProgram: string, gzip: boolean): Promise<Exactness> => {
  const workload = catchUpWorkload(20, 5)
  const dump = await dumpOf(contender, sinkProgram, { ...workload, gzip }, async () => workload.docs)
  return { expected: workload.docs, ...(await compareDump(dump, await expectedRecords(workload.root))) }
}

/** The same while files are written and rotated; all rotated files are kept, to be compared with. */
export const exactSteady = async (contender: Contender, sinkProgram: string, seconds: number): Promise<Exactness> => {
  const options = { files: 50, linesPerSecond: 5000, seconds, rotateKb: 50, keep: 100_000 }
  const workload = steadyWorkload(freshFolder('exact'), options)
  let expected = 0
  const dump = await dumpOf(contender, sinkProgram, { ...workload, gzip: true }, async () => {
    expected = (await workload.run()).docs
    return expected
  })
  return { expected, ...(await compareDump(dump, await expectedRecords(workload.root))) }
}
