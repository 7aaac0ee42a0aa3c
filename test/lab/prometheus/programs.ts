import { execFile, spawn } from 'node:child_process'
import { existsSync, openSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { eventually } from '../../support/eventually.ts'

export const onPath = (program: string): string | undefined =>
  (process.env.PATH ?? '')
    .split(':')
    .map((folder) => join(folder, program))
    .find((file) => existsSync(file))

/** Started for the suite, ended with it. Resolves once its port answers with 200. */
export const startProgram = async (
  context: TestContext,
  argv: readonly string[],
  ready: string,
  logFile: string,
): Promise<void> => {
  const [program = '', ...args] = argv
  const log = openSync(logFile, 'w')
  const child = spawn(program, args, { stdio: ['ignore', log, log] })
  context.after(() => {
    child.kill('SIGKILL')
  })
  await eventually(`${program} answers (${logFile})`, async () => {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}, see ${logFile}`)
    return (await fetch(ready)).status === 200
  })
}

/** Lint lines of `promtool check metrics`, sorted; throws where it cannot parse. Exit code 3 is lint alone. */
export const lint = (exposition: string): Promise<readonly string[]> =>
  new Promise((resolve, reject) => {
    const child = execFile('promtool', ['check', 'metrics'], (error, stdout, stderr) => {
      const lines = `${stdout}${stderr}`.split('\n').filter((line) => line !== '')
      if (error && error.code !== 3) reject(new Error(`promtool: ${lines.join('\n')}`))
      else resolve(lines.toSorted())
    })
    child.stdin?.end(exposition)
  })
