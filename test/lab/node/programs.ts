import { execFile } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { ensureBuilt, helm, kubernetes } from '../kubernetes/build.ts'
import type { Cluster } from '../kubernetes/cluster.ts'
import { tokens } from '../kubernetes/credentials.ts'

/** The programs of an administrator, with all rights. Each resolves to what it wrote; throws all of its words where it fails. */
export interface Programs {
  helm(...args: readonly string[]): Promise<string>
  kubectl(...args: readonly string[]): Promise<string>
  /** `picket-controller` from the sources; its exit code too. */
  controller(...args: readonly string[]): Promise<Ended>
}

export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

const LAUNCHER = join(import.meta.dirname, '../../../bin/picket-controller.mjs')
const MOST_OUTPUT_BYTES = 256 * 1024 ** 2

export const run = (program: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(program, args, { env, maxBuffer: MOST_OUTPUT_BYTES }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr }),
    )
  })

export const adminPrograms = (cluster: Cluster): Programs => {
  const home = join(cluster.folder, 'home')
  mkdirSync(home)
  const env = { ...process.env, HOME: home, KUBECONFIG: cluster.kubeconfig('admin', tokens.admin) }
  const program =
    (file: string, said: (ended: Ended) => string) =>
    async (...args: readonly string[]): Promise<string> => {
      const ended = await run(file, args, env)
      if (ended.code !== 0) throw new Error(`${file} ${args.join(' ')}: ${ended.code} ${ended.stdout}${ended.stderr}`)
      return said(ended)
    }
  return {
    // What hooks say is on its standard error.
    helm: program(join(ensureBuilt(helm), 'helm'), ({ stdout, stderr }) => `${stdout}${stderr}`),
    kubectl: program(join(ensureBuilt(kubernetes), 'kubectl'), ({ stdout }) => stdout),
    controller: (...args) => run(process.execPath, [LAUNCHER, ...args], env),
  }
}
