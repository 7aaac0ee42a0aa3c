import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import { join } from 'node:path'
import { cacheFolder } from '../cache-folder.ts'

/** What is built from Go modules: some minutes the first time, then from the lab's cache. */
export interface Build {
  /** File name of the result. */
  readonly name: string
  /** Folder below go/ with go.mod and go.sum. */
  readonly module: string
  readonly command: readonly ['build', ...string[]] | readonly ['test', '-c', ...string[]]
  readonly target: string
  readonly ldflags: string
  /** Names under which the one file is several programs. */
  readonly links?: readonly string[]
}

const VERSION = 'v1.34.4'

/** Without it the API server says v0.0.0-master, and kubectl does not believe that the two fit. */
const stamps = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((where) => [
  `-X ${where}.gitVersion=${VERSION}`,
  `-X ${where}.gitMajor=1`,
  `-X ${where}.gitMinor=34`,
])

export const etcd: Build = { name: 'etcd', module: 'etcd', command: ['build'], target: '.', ldflags: '-s -w' }
export const kwok: Build = {
  name: 'kwok',
  module: 'kwok',
  command: ['build'],
  target: 'sigs.k8s.io/kwok/cmd/kwok',
  ldflags: '-s -w',
}
export const kubernetes: Build = {
  name: 'kube-all',
  module: 'kubernetes',
  command: ['build'],
  target: './kube-all',
  ldflags: ['-s -w', ...stamps].join(' '),
  links: ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubelet', 'kube-proxy', 'kubectl'],
}
export const upstreamTests: Build = {
  name: 'e2e-apps.test',
  module: 'kubernetes',
  command: ['test', '-c'],
  target: './e2e',
  ldflags: '-s -w',
}
export const helm: Build = {
  name: 'helm',
  module: 'helm',
  command: ['build'],
  target: 'helm.sh/helm/v4/cmd/helm',
  ldflags: '-s -w',
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

/** The same sources, flags and compiler give the same bytes, so their hash is the cache's key. */
const keyOf = (source: string, build: Build): string => {
  const files = fs.globSync('**/*.{mod,sum,go}', { cwd: source }).sort()
  const texts = files.map((file) => [file, fs.readFileSync(join(source, file), 'utf8')])
  return createHash('sha256')
    .update(JSON.stringify([texts, build, goVersion()]))
    .digest('hex')
    .slice(0, 16)
}

const compile = (source: string, { command, target, ldflags }: Build, output: string): void => {
  const env = {
    ...process.env,
    GOTOOLCHAIN: 'local',
    CGO_ENABLED: '0',
    GOFLAGS: '-mod=readonly -buildvcs=false',
    GOMODCACHE: process.env.GOMODCACHE ?? cacheFolder('go', 'mod'),
    GOCACHE: process.env.GOCACHE ?? cacheFolder('go', 'build'),
  }
  const args = [...command, '-trimpath', '-ldflags', ldflags, '-o', output, target]
  execFileSync('go', args, { cwd: source, env, stdio: 'inherit' })
}

/** Folder that holds the file and its links. */
export const ensureBuilt = (build: Build): string => {
  const source = join(import.meta.dirname, 'go', build.module)
  const folder = cacheFolder('kubernetes', keyOf(source, build))
  const file = join(folder, build.name)
  if (fs.existsSync(file)) return folder
  const beside = `${file}.${process.pid}`
  compile(source, build, beside)
  for (const link of build.links ?? []) {
    fs.rmSync(join(folder, link), { force: true })
    fs.symlinkSync(build.name, join(folder, link))
  }
  fs.renameSync(beside, file)
  return folder
}
