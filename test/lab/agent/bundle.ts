import { execFileSync } from 'node:child_process'
import { copyFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../../..')

/** What `npm run build` makes, alone in a folder: nothing that it needs can be beside it. */
export const buildBundle = (folder: string): string => {
  const made = `build/lab-${process.pid}`
  try {
    execFileSync(process.execPath, ['scripts/build.mjs', 'agent/main.ts', `${made}/picket.mjs`], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    copyFileSync(join(root, made, 'picket.mjs'), join(folder, 'picket.mjs'))
  } finally {
    rmSync(join(root, made), { recursive: true, force: true })
  }
  return join(folder, 'picket.mjs')
}
