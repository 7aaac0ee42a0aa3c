import { isUtf8 } from 'node:buffer'
import { readFileSync, statSync } from 'node:fs'
import { hostname } from 'node:os'
import { stringify } from 'yaml'
import { type Checked, checkConfig } from './check.ts'
import { type CompiledConfig, compileConfig } from './compile.ts'
import { type Mistake, mistake } from './mistake.ts'
import type { Config, UserConfig } from './schema.ts'
import type { SecretFiles } from './secret.ts'

export type Loaded =
  | { readonly kind: 'loaded'; readonly config: CompiledConfig; readonly effective: Config }
  | { readonly kind: 'mistaken'; readonly mistakes: readonly Mistake[]; readonly text: string }

/** Inode and change time too: Kubernetes replaces a mounted secret by swinging a link to another folder. */
const secretFiles: SecretFiles = {
  stamp: (path) => {
    const { ino, size, mtimeMs, ctimeMs } = statSync(path)
    return `${ino}/${size}/${mtimeMs}/${ctimeMs}`
  },
  read: (path) => readFileSync(path, 'utf8'),
}

/** Reads and compiles a configuration file. Never throws: a file that cannot be read is a mistake as well. */
export const loadConfig = (path: string): Loaded => {
  const read = readConfig(path)
  return 'text' in read ? loadText(read.text) : { kind: 'mistaken', mistakes: [read], text: '' }
}

const READ_PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'is a folder; name the file in it',
  ENOTDIR: 'a part of the path is a file',
  EACCES: 'cannot be read: no permission (EACCES)',
  EPERM: 'cannot be read: no permission (EPERM)',
}

const readConfig = (path: string): { readonly text: string } | Mistake => {
  try {
    const bytes = readFileSync(path)
    if (!isUtf8(bytes)) return mistake('', undefined, 'is not UTF-8 text')
    const text = bytes.toString('utf8')
    return text.trim() === '' ? mistake('', undefined, 'is empty', EMPTY) : { text }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    return mistake('', undefined, READ_PROBLEMS[code ?? ''] ?? `cannot be read: ${code ?? message}`)
  }
}

const EMPTY = {
  allowed: 'YAML with sources and outputs',
  suggestion: 'the least: {sources: {containers: {kind: containers}}, outputs: {local: {kind: local}}}',
}

export const loadText = (text: string): Loaded => {
  const checked: Checked = checkConfig(text, { environment: process.env, secretFiles })
  if (checked.kind === 'mistaken') return { ...checked, text }
  const config = compileConfig(checked.config, {
    environment: process.env,
    hostname: hostname(),
    workingDirectory: process.cwd(),
  })
  return { kind: 'loaded', config, effective: checked.config }
}

/** A configuration that code wrote; paths in it are taken literally. */
export const loadValue = (config: UserConfig): Loaded => loadText(stringify(config).replaceAll('${', () => '$${'))
