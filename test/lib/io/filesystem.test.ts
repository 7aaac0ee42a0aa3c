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

test('a path leads to an open file until another is there, or nothing', () => {
  const root = fs.mkdtempSync(join(tmpdir(), 'picket-test-'))
  try {
    const [log, link] = [join(root, '0.log'), join(root, 'link.log')]
    fs.writeFileSync(log, 'old')
    fs.symlinkSync(log, link)
    const fd = realFilesystem.open(log, fs.constants.O_RDONLY)
    const inode = realFilesystem.fstat(fd)
    const sizeAt = (path: string): number | undefined => realFilesystem.pollAt(path, inode)?.size
    const seen = [sizeAt(log), sizeAt(link)]
    fs.renameSync(log, `${log}.1`)
    seen.push(sizeAt(log), sizeAt(join(log, 'below')))
    fs.writeFileSync(log, 'new')
    seen.push(sizeAt(link), sizeAt(`${log}.1`))
    realFilesystem.close(fd)
    assert.deepEqual(seen, [3, 3, undefined, undefined, undefined, 3])
  } finally {
    fs.rmSync(root, { recursive: true })
  }
})

test('nothing at a path is undefined, also below a file', () => {
  const root = fs.mkdtempSync(join(tmpdir(), 'picket-test-'))
  try {
    fs.writeFileSync(join(root, 'file'), '')
    const paths = ['absent', 'file/below'].map((name) => join(root, name))
    assert.deepEqual(
      paths.flatMap((path) => [realFilesystem.stat(path), realFilesystem.lstat(path)]),
      [undefined, undefined, undefined, undefined],
    )
  } finally {
    fs.rmSync(root, { recursive: true })
  }
})
