import assert from 'node:assert/strict'
import test from 'node:test'
import { errorFields } from '../../../lib/log/error-fields.ts'

test('message, code and cause', () =>
  assert.deepEqual(errorFields(Object.assign(new Error('outer', { cause: new Error('inner') }), { code: 'ENOSPC' })), {
    error: 'outer',
    code: 'ENOSPC',
    cause: 'inner',
  }))

test('a plain error has its message only', () => assert.deepEqual(errorFields(new Error('x')), { error: 'x' }))

test('a long text is cut', () =>
  assert.deepEqual(errorFields(new Error('y'.repeat(1001))), { error: `${'y'.repeat(1000)}…` }))
