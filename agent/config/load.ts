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
  try {
    return loadText(readFileSync(path, 'utf8'))
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const problem = code === 'ENOENT' ? 'there is no such file' : `cannot be read: ${code ?? message}`
    return { kind: 'mistaken', mistakes: [mistake('', undefined, problem)], text: '' }
  }
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
