import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import { join } from 'node:path'
import { cacheFolder } from '../cache-folder.ts'

/** Programs of the control plane, built from their Go modules: some minutes the first time, then from the lab's cache. */
export interface Program {
  readonly name: 'etcd' | 'kube-apiserver'
  /** Folder below go/ with go.mod and go.sum. */
  readonly module: string
  readonly target: string
  readonly flags: string
}

const VERSION = 'v1.34.4'
const stamp = (name: string, value: string): string => `-X k8s.io/component-base/version.${name}=${value}`

export const etcd: Program = { name: 'etcd', module: 'etcd', target: '.', flags: '-s -w' }
export const apiServer: Program = {
  name: 'kube-apiserver',
  module: 'apiserver',
  target: 'k8s.io/kubernetes/cmd/kube-apiserver',
  flags: ['-s -w', stamp('gitVersion', VERSION), stamp('gitMajor', '1'), stamp('gitMinor', '34')].join(' '),
}

const goVersion = (): string | undefined => {
  try {
    return execFileSync('go', ['env', 'GOVERSION'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return undefined
  }
}

/** `go1.26.8` as [1, 26]. */
const numbers = (version: string): readonly number[] => (/^go(\d+)\.(\d+)/.exec(version) ?? []).slice(1).map(Number)

export const missingForBuild = (what: string): readonly string[] => {
  const version = goVersion()
  if (version === undefined) return [`no Go on the PATH (1.26 or later), to build ${what}`]
  const [major = 0, minor = 0] = numbers(version)
  return major > 1 || minor >= 26 ? [] : [`Go 1.26 or later, to build ${what}; here is ${version}`]
}

/** Path of the program. The same sources, flags and compiler give the same bytes, so their hash is the cache's key. */
export const ensureProgram = ({ name, module, target, flags }: Program): string => {
  const source = join(import.meta.dirname, 'go', module)
  const parts = ['go.mod', 'go.sum'].map((file) => fs.readFileSync(join(source, file), 'utf8'))
  const key = createHash('sha256')
    .update(JSON.stringify([parts, target, flags, goVersion()]))
    .digest('hex')
    .slice(0, 16)
  const program = join(cacheFolder('kubernetes-api', key), name)
  if (fs.existsSync(program)) return program
  const beside = `${program}.${process.pid}`
  const env = {
    ...process.env,
    GOTOOLCHAIN: 'local',
    CGO_ENABLED: '0',
    GOFLAGS: '-mod=readonly -buildvcs=false',
    GOMODCACHE: process.env.GOMODCACHE ?? cacheFolder('go', 'mod'),
    GOCACHE: process.env.GOCACHE ?? cacheFolder('go', 'build'),
  }
  execFileSync('go', ['build', '-trimpath', '-ldflags', flags, '-o', beside, target], {
    cwd: source,
    env,
    stdio: 'inherit',
  })
  fs.renameSync(beside, program)
  return program
}
