import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { createCriWriter } from '../support/cri-writer.ts'
import { eventually } from '../support/eventually.ts'
import { onNode } from './agent-on-node.ts'

/** What users of other agents reported of full buffers and of stops (docs/peers.md), with the real agent. */

test('fluent-bit 2797, 9133, 8046, 1903: "mem buf overlimit": reading pauses when the buffer is full and never goes on', () =>
  onNode({ queueLimit: '1536KiB' }, async ({ log, sink, start, messages }) => {
    const web = createCriWriter(log, 'shop', 'web-0', 'web')
    sink.fail = 503
    // Eight megabytes of what gzip cannot make small: more than memory and the queue's disk hold together.
    const lines = Array.from({ length: 6000 }, (_, n) => `${n} ${randomBytes(1000).toString('base64')}`)
    for (const line of lines) web.line(line)
    const agent = start()
    await eventually('the queue is full', () => agent.output().includes('"kind":"queue_full"'))
    web.line('written while it was full')
    sink.fail = undefined
    await eventually('everything', () => messages().length === 6001, 60_000)
    assert.equal(await agent.stop(), 0)
    assert.deepEqual(messages().sort(), [...lines, 'written while it was full'].sort())
    assert.equal(/"kind":"(dropped|bytes_lost)"/.test(agent.output()), false)
  }))

test('fluent-bit 3926: records in pieces lose pieces when the buffer is full', () =>
  onNode({ queueLimit: '1536KiB' }, async ({ log, sink, start, messages }) => {
    const web = createCriWriter(log, 'shop', 'web-0', 'web')
    sink.fail = 503
    for (let n = 0; n < 300; n++) web.line(`${n} ${randomBytes(20_000).toString('base64')}`, 3)
    const agent = start()
    await eventually('the queue is full', () => agent.output().includes('"kind":"queue_full"'))
    await agent.stop('SIGKILL')
    const again = start()
    sink.fail = undefined
    await eventually('everything', () => messages().length === 300, 60_000)
    assert.equal(await again.stop(), 0)
    assert.deepEqual(messages().sort(), web.written.sort())
  }))

test('fluent-bit 5960: stopped in its back-off the agent forgets what it has read', () =>
  onNode({ retryMs: 60_000 }, async ({ log, sink, start, messages }) => {
    const web = createCriWriter(log, 'shop', 'web-0', 'web')
    for (let n = 0; n < 100; n++) web.line()
    sink.fail = 503
    const first = start()
    await eventually('it waits for its retry', () => first.output().includes('"kind":"output_held"'))
    assert.equal(await first.stop(), 0)
    // Nothing but the agent's own disk has them now.
    fs.rmSync(join(log, 'pods'), { recursive: true })
    sink.fail = undefined
    const second = start()
    await eventually('what was read before', () => messages().length === 100)
    assert.equal(await second.stop(), 0)
    assert.deepEqual(messages().sort(), web.written.sort())
  }))
