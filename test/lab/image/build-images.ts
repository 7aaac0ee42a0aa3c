import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Base, ownBase, writeBaseFolder } from './base-folder.ts'
import { openBuildah } from './buildah.ts'

/** The names in the archives. */
export const AGENT_IMAGE = 'localhost/picket-agent:lab'
export const CONTROLLER_IMAGE = 'localhost/picket-controller:lab'
export const BASE_IMAGE = 'localhost/node-base:lab'

const SOURCE = join(import.meta.dirname, '../../..')

export interface Images {
  /** Files as `docker save` writes them. */
  readonly archives: { readonly agent: string; readonly controller: string }
  /** OCI layouts of the same, and of what they are built on. */
  readonly layouts: { readonly agent: string; readonly controller: string; readonly base: string }
}

const BUNDLES = { 'agent/main.ts': 'picket.mjs', 'controller/main.ts': 'picket-controller.mjs' }

/** What the Dockerfile copies, as in a clone after `npm run build`, but with bundles of now. */
const writeContext = (context: string): void => {
  mkdirSync(join(context, 'dist'), { recursive: true })
  for (const name of ['Dockerfile', '.dockerignore', 'LICENSE', 'bin'])
    cpSync(join(SOURCE, name), join(context, name), { recursive: true })
  for (const [entry, outfile] of Object.entries(BUNDLES))
    execFileSync(process.execPath, ['scripts/build.mjs', entry, join(context, 'dist', outfile)], {
      cwd: SOURCE,
      stdio: ['ignore', 'ignore', 'inherit'],
    })
}

const git = (...args: readonly string[]): string => execFileSync('git', args, { cwd: SOURCE, encoding: 'utf8' }).trim()

/** As docs/images.md has them. */
export const buildArgs = (): Readonly<Record<string, string>> => ({
  BASE_IMAGE,
  REVISION: git('rev-parse', 'HEAD'),
  CREATED: git('log', '-1', '--format=%cI'),
})

/** Builds the base and both images, without any network, below `folder`; leaves the archives and layouts there. */
export const buildImages = (folder: string, base: Base = ownBase()): Images => {
  const at = (name: string): string => join(folder, name)
  const { architecture } = base
  writeBaseFolder(at('base-files'), base.files)
  writeContext(at('context'))
  const buildah = openBuildah(at('buildah'))
  try {
    buildah.build({ name: BASE_IMAGE, architecture, context: at('base-files') })
    buildah.saveLayout(BASE_IMAGE, at('base'))
    for (const [target, name] of Object.entries({ agent: AGENT_IMAGE, controller: CONTROLLER_IMAGE })) {
      buildah.build({ name, architecture, context: at('context'), target, buildArgs: buildArgs() })
      buildah.saveLayout(name, at(target))
      buildah.saveArchive(name, at(`${target}.tar`))
    }
  } finally {
    buildah.close()
  }
  return {
    archives: { agent: at('agent.tar'), controller: at('controller.tar') },
    layouts: { agent: at('agent'), controller: at('controller'), base: at('base') },
  }
}
