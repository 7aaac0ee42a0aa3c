// Writes every file that is made from the code: the list is in test/support/golden-files.ts. Look at the diff before you commit it.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { goldenFiles } from '../test/support/golden-files.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
for (const { path, make } of goldenFiles) {
  mkdirSync(dirname(root + path), { recursive: true })
  writeFileSync(root + path, make())
  console.log(path)
}
