import assert from 'node:assert/strict'
import test from 'node:test'
import { createDescriptorDestination } from '../../../lib/log/descriptor-destination.ts'

/** Takes `capacity` bytes, then fails as a full non-blocking pipe does; at most `perCall` bytes a call. */
const pipe = (perCall: number) => {
  const state = { text: '', capacity: Number.POSITIVE_INFINITY }
  const writeSync = (_fd: number, data: Uint8Array, offset: number): number => {
    const n = Math.min(perCall, data.length - offset, state.capacity)
    if (n === 0) throw Object.assign(new Error('EAGAIN'), { code: 'EAGAIN' })
    state.text += Buffer.from(data.subarray(offset, offset + n)).toString()
    state.capacity -= n
    return n
  }
  return { state, writeSync }
}

test('short writes are continued', () => {
  const { state, writeSync } = pipe(3)
  createDescriptorDestination(2, writeSync).write('a long line\n')
  assert.equal(state.text, 'a long line\n')
})

test('a full pipe costs the line and not the process', () => {
  const { state, writeSync } = pipe(100)
  const destination = createDescriptorDestination(2, writeSync)
  state.capacity = 0
  destination.write('lost\n')
  state.capacity = 100
  destination.write('kept\n')
  assert.deepEqual([state.text, destination.lostLines], ['kept\n', 1])
})

test('a line that broke off does not spoil the next one', () => {
  const { state, writeSync } = pipe(100)
  const destination = createDescriptorDestination(2, writeSync)
  state.capacity = 3
  destination.write('{"a":1}\n')
  state.capacity = 100
  destination.write('{"b":2}\n')
  destination.write('{"c":3}\n')
  assert.deepEqual([state.text, destination.lostLines], ['{"a\n{"b":2}\n{"c":3}\n', 1])
})
