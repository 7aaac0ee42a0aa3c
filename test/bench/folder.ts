import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export const BENCH_FOLDER = fileURLToPath(new URL('.', import.meta.url))
export const PROJECT_FOLDER = fileURLToPath(new URL('../..', import.meta.url))

/** Workloads are deterministic and large: they are kept here between runs (PICKET_BENCH_DIR moves it, say to a tmpfs). */
export const WORK_FOLDER = process.env.PICKET_BENCH_DIR ?? path.join(os.tmpdir(), 'picket-bench')

/** An empty folder below the work folder. */
export const freshFolder = (name: string): string => {
  const folder = path.join(WORK_FOLDER, name)
  fs.rmSync(folder, { recursive: true, force: true })
  fs.mkdirSync(folder, { recursive: true })
  return folder
}
