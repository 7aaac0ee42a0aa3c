import assert from 'node:assert/strict'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { realFilesystem } from '../../../lib/io/filesystem.ts'

const codeOf = (act: () => void): string => {
  try {
    act()
    return 'none'
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error)
  }
}

test('a state folder below /proc is an error and not a loop for ever', { skip: !fs.existsSync('/proc/self') }, () => {
  assert.equal(
    codeOf(() => realFilesystem.mkdir('/proc/picket/state')),
    'ENOENT',
  )
})

test('a folder is made with those above it, for its owner alone; where a file is in the way, that is said', () => {
  const root = fs.mkdtempSync(join(tmpdir(), 'picket-test-'))
  try {
    realFilesystem.mkdir(join(root, 'a/b'))
    realFilesystem.mkdir(join(root, 'a/b'))
    assert.equal(fs.statSync(join(root, 'a')).mode & 0o777, 0o700)
    assert.equal(fs.statSync(join(root, 'a/b')).mode & 0o777, 0o700)
    fs.writeFileSync(join(root, 'file'), '')
    fs.symlinkSync(join(root, 'nowhere'), join(root, 'dangling'))
    for (const path of ['file', 'file/below', 'dangling'])
      assert.equal(
        codeOf(() => realFilesystem.mkdir(join(root, path))),
        'EEXIST',
      )
  } finally {
    fs.rmSync(root, { recursive: true })
  }
})
