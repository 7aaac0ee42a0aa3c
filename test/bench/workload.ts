import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { BENCH_FOLDER, WORK_FOLDER } from './folder.ts'
import { OTHER_CORE, type PinnedProcess, startPinned } from './pinned-process.ts'

/** What a workload consists of; the generator counts it while it writes. */
export interface WorkloadMeta {
  readonly bytes: number
  /** Physical lines. */
  readonly lines: number
  /** Lines with the pieces of partial lines joined. */
  readonly docs: number
}

export interface Workload extends WorkloadMeta {
  /** The folder of the log files, or of the links to them. */
  readonly folder: string
  /** Where the links may lead. */
  readonly root: string
}

const GENERATOR = path.join(BENCH_FOLDER, 'generate-logs.cjs')

const readAll = (folder: string): void => {
  const block = Buffer.alloc(1 << 20)
  for (const name of fs.readdirSync(folder)) {
    const fd = fs.openSync(path.join(folder, name), 'r')
    while (fs.readSync(fd, block, 0, block.length, null) > 0);
    fs.closeSync(fd)
  }
}

/** Files that are there before the agent starts, written once and kept; read through, so that they are in the page cache. */
export const catchUpWorkload = (files: number, megabytes: number): Workload => {
  const folder = path.join(WORK_FOLDER, `files-${files}x${megabytes}`)
  const metaFile = `${folder}.meta.json`
  if (!fs.existsSync(metaFile)) {
    fs.rmSync(folder, { recursive: true, force: true })
    const size = ['--files', String(files), '--mb', String(megabytes)]
    execFileSync(process.execPath, [GENERATOR, 'files', '--dir', folder, ...size], { stdio: 'ignore' })
  }
  readAll(folder)
  return { folder, root: folder, ...(JSON.parse(fs.readFileSync(metaFile, 'utf8')) as WorkloadMeta) }
}

export interface SteadyOptions {
  readonly files: number
  readonly linesPerSecond: number
  readonly seconds: number
  readonly rotateKb: number
  /** Rotated files that are kept. */
  readonly keep: number
}

export interface SteadyWorkload {
  readonly folder: string
  readonly root: string
  /** Resolves when the generator has written its last line. */
  run(): Promise<WorkloadMeta & { readonly rotations: number }>
}

const untilEnd = async (generator: PinnedProcess, pattern: () => string): Promise<string> => {
  for (;;) {
    const text = pattern()
    if (text.includes('}')) return text
    generator.assertAlive()
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** kubelet's layout below `base`, written and rotated while the agent reads. */
export const steadyWorkload = (base: string, options: SteadyOptions): SteadyWorkload => {
  const argv = Object.entries({
    dir: base,
    files: options.files,
    rate: options.linesPerSecond,
    secs: options.seconds,
    'rotate-kb': options.rotateKb,
    keep: options.keep,
  }).flatMap(([key, value]) => [`--${key}`, String(value)])
  const run = async (): ReturnType<SteadyWorkload['run']> => {
    const logFile = path.join(base, 'generator.log')
    const generator = startPinned(OTHER_CORE, [process.execPath, GENERATOR, 'steady', ...argv], logFile)
    const text = await untilEnd(generator, () => fs.readFileSync(logFile, 'utf8'))
    return JSON.parse(text)
  }
  for (const folder of ['containers', 'pods']) fs.mkdirSync(path.join(base, folder), { recursive: true })
  return { folder: path.join(base, 'containers'), root: path.join(base, 'pods'), run }
}
