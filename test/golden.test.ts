import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { goldenFiles } from './support/golden-files.ts'

for (const { path, make } of goldenFiles) {
  test(`${path} is what the code says (npm run golden rewrites it)`, () => {
    assert.equal(readFileSync(new URL(`../${path}`, import.meta.url), 'utf8'), make())
  })
}
