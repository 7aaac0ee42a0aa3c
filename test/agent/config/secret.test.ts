import assert from 'node:assert/strict'
import test from 'node:test'
import { inspect } from 'node:util'
import { fileSecret, inlineSecret, type SecretFiles } from '../../../agent/config/secret.ts'

test('a secret prints as *** wherever it turns up', () => {
  const secret = inlineSecret('hunter2')
  const shown = [
    `${secret}`,
    String(secret),
    JSON.stringify({ secret }),
    inspect(secret),
    inspect({ deep: { secret } }, { showHidden: true }),
  ]
  assert.deepEqual(shown.slice(0, 4), ['***', '***', '{"secret":"***"}', '***'])
  for (const text of [...shown, JSON.stringify(Object.entries(secret)), inspect({ ...secret })]) {
    assert.ok(!text.includes('hunter2'), text)
  }
  assert.equal(secret.reveal(), 'hunter2')
})

/** One file in memory; `undefined`: it is away. */
const oneFile = (content: string | undefined) => {
  const state = { content, version: 0, reads: 0 }
  const there = (): string => {
    if (state.content === undefined) throw Object.assign(new Error('ENOENT'), { code: 'ENOENT' })
    return state.content
  }
  const files: SecretFiles = {
    stamp: () => `${there().length}/${state.version}`,
    read: () => {
      state.reads += 1
      return there()
    },
  }
  const write = (next: string | undefined): void => {
    state.content = next
    state.version += 1
  }
  return { files, write, state }
}

test('a secret in a file follows the file and is read only when that has changed', () => {
  const { files, write, state } = oneFile('first\n')
  const secret = fileSecret('/key', files)
  assert.deepEqual([secret.reveal(), secret.reveal(), state.reads], ['first', 'first', 1])
  write('second\r\n')
  assert.deepEqual([secret.reveal(), secret.reveal(), state.reads], ['second', 'second', 2])
})

test('a secret stays while its file is being replaced', () => {
  const { files, write } = oneFile('first')
  const secret = fileSecret('/key', files)
  write(undefined)
  assert.equal(secret.reveal(), 'first')
  write('')
  assert.equal(secret.reveal(), 'first')
  write('second')
  assert.equal(secret.reveal(), 'second')
})

test('a secret that is not there at the start is an error', () => {
  assert.throws(() => fileSecret('/key', oneFile(undefined).files), /ENOENT/)
})
