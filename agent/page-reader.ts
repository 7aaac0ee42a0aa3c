import { spawn } from 'node:child_process'
import type { ReaderProcess } from './page/store-readers.ts'

/** What `picket` starts to read its store for the page, the way it was started itself; not a command for people. */
export const PAGE_READER = 'page-reader'

export const startPageReader = (storePath: string): ReaderProcess => {
  const args = [...process.execArgv, process.argv[1] as string, PAGE_READER, storePath]
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  child.on('error', () => child.stdout.destroy()) // It could not be started: nobody will answer.
  return { input: child.stdin, output: child.stdout, kill: () => void child.kill('SIGKILL') }
}
