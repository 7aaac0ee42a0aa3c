import { execFileSync, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { BENCH_FOLDER, PROJECT_FOLDER, WORK_FOLDER } from './folder.ts'

export const onPath = (program: string): string | undefined =>
  [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin']
    .map((folder) => path.join(folder, program))
    .find((file) => fs.existsSync(file))

/** Installs Debian packages where that is possible; true when it went well. */
const aptInstall = (...packages: string[]): boolean => {
  if (process.getuid?.() !== 0 || !onPath('apt-get')) return false
  console.log(`installing ${packages.join(', ')}`)
  const options = { stdio: 'ignore', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } } as const
  const install = ['install', '-y', '--no-install-recommends', ...packages]
  if (spawnSync('apt-get', install, options).status === 0) return true
  spawnSync('apt-get', ['update'], options)
  return spawnSync('apt-get', install, options).status === 0
}

/** Compiles what is newer than its program; returns the program, or throws with what is missing. */
const compile = (sourceName: string, programName: string, ...libraries: string[]): string => {
  const program = path.join(WORK_FOLDER, programName)
  const source = path.join(BENCH_FOLDER, sourceName)
  if (fs.existsSync(program) && fs.statSync(program).mtimeMs > fs.statSync(source).mtimeMs) return program
  if (!onPath('cc') && !aptInstall('gcc', 'libc6-dev')) throw new Error('the bench needs a C compiler (Debian: gcc)')
  fs.mkdirSync(WORK_FOLDER, { recursive: true })
  execFileSync('cc', ['-O3', '-march=native', '-pthread', source, '-o', program, ...libraries])
  return program
}

export const buildSink = (): string => {
  if (!fs.existsSync('/usr/include/libdeflate.h') && !aptInstall('libdeflate-dev'))
    throw new Error('the sink needs libdeflate (Debian: libdeflate-dev)')
  return compile('sink.c', 'bulk-counter', '-ldeflate')
}

export const buildHostileWriter = (): string => compile('hostile-writer.c', 'hostile-writer')

/** Debian's rsyslog with its Elasticsearch output, the yardstick; undefined where it cannot be had. */
export const findRsyslog = (): string | undefined => {
  const complete = (): boolean =>
    onPath('rsyslogd') !== undefined && fs.globSync('/usr/lib/*/rsyslog/omelasticsearch.so').length > 0
  if (!complete() && !aptInstall('rsyslog', 'rsyslog-elasticsearch')) return undefined
  return complete() ? onPath('rsyslogd') : undefined
}

/** The bundles that are measured; built anew, so that no old one is measured by mistake. */
export const buildAgent = (): string => buildBundle('picket.mjs')
export const buildController = (): string => buildBundle('picket-controller.mjs')

const buildBundle = (name: string): string => {
  execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: PROJECT_FOLDER, stdio: ['ignore', 'ignore', 'inherit'] })
  return path.join(PROJECT_FOLDER, 'dist', name)
}
