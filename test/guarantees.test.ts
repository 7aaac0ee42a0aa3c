import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'

const root = join(import.meta.dirname, '..')

/** Every `test/….ts` “title” of a page, in its order; further titles behind a file are of that file. */
const namedTests = (page: string): readonly { readonly file: string; readonly title: string }[] => {
  const text = readFileSync(join(root, page), 'utf8')
  let file = ''
  return [...text.matchAll(/`(test\/[^`]+\.ts)`|“([^”]+)”/g)].flatMap(([, path, title]) => {
    if (path !== undefined) file = path
    return title === undefined ? [] : [{ file, title }]
  })
}

const hasTitle = (source: string, title: string): boolean =>
  ["'", '"', '`'].some((quote) => source.includes(`${quote}${title}${quote}`))

for (const page of ['docs/guarantees.md', 'docs/peers.md']) {
  test(`the tests that ${page} names are there, under these titles`, () => {
    const named = namedTests(page)
    assert.ok(named.length > 50, `${named.length} tests are named`)
    const missing = named.filter(
      ({ file, title }) =>
        !existsSync(join(root, file)) ||
        !hasTitle(readFileSync(join(root, file), 'utf8').replaceAll("\\'", "'"), title),
    )
    assert.deepEqual(missing, [])
  })
}
