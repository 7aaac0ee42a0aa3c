import { globSync, readFileSync } from 'node:fs'

const LICENSE_FILES = '{LICENSE,LICENCE,COPYING,NOTICE}{,.md,.txt,.MIT,-MIT}'

/**
 * The licences of bundled packages, which their terms ask to be shipped with copies. `folders`: below `root`. A package
 * without a licence file is named with what its package.json says; one that says nothing throws.
 */
export const licensesText = (root, folders) =>
  folders
    .map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(`${root}${folder}/package.json`, 'utf8'))
      const files = globSync(LICENSE_FILES, { cwd: `${root}${folder}` }).sort()
      if (files.length === 0 && !license) throw new Error(`${name} ${version} has no licence; it must not be bundled`)
      const texts = files.map((file) => readFileSync(`${root}${folder}/${file}`, 'utf8').trim())
      return [`${name} ${version} (${license ?? 'see below'})`, '', ...texts].join('\n')
    })
    .join(`\n\n${'-'.repeat(80)}\n\n`)
    .concat('\n')
