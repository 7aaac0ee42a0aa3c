import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { startAgent, withFolder, writeConfig } from '../support/agent-process.ts'
import { startBulkSink } from '../support/bulk-sink.ts'
import { createCriWriter } from '../support/cri-writer.ts'
import { eventually } from '../support/eventually.ts'

/** Every file of the state folder damaged at once, between a stop with a full disk queue and the next start. */

const yaml = (folder: string, host: string): string => `state_dir: ${folder}/state
sources:
  containers: { kind: containers, path: ${folder}/log/containers, allowed_roots: [${folder}/log/pods], poll_interval: 100ms }
outputs:
  search:
    kind: elasticsearch
    hosts: ["${host}"]
    compression: none
    buffer: { flush_interval: 50ms, retry_initial_interval: 100ms, retry_max_interval: 500ms }
  embedded: { kind: local }
server: { listen: "off" }
checkpoint_interval: 100ms
`

const letter = `{"time":"2026-11-20T10:00:00.000Z","output":"search","status":400,"type":"t","reason":"r","action":{"create":{"_id":"x"}},"document":{"m":1}}\n`

const flipMiddle = (bytes: Buffer): Buffer => {
  bytes[bytes.length >> 1]! ^= 4
  return bytes
}

const damages: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  empty: () => Buffer.alloc(0),
  'cut in half': (bytes) => bytes.subarray(0, bytes.length >> 1),
  'with a bit flipped in the middle': flipMiddle,
  'all zeros': (bytes) => Buffer.alloc(bytes.length),
  'twice in one': (bytes) => Buffer.concat([bytes, bytes]),
  'something else': () => Buffer.from('{"picket":"positions","version":9}\n\0\u00ff no file of ours\n'),
}

const filesBelow = (folder: string): string[] =>
  fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))

const droppedBy = (log: string): number =>
  log
    .split('\n')
    .filter((line) => line.includes('"kind":"dropped"'))
    .reduce((sum, line) => sum + (JSON.parse(line) as { documents: number }).documents, 0)

for (const [name, change] of Object.entries(damages)) {
  test(`every file of the state folder is ${name}: the agent starts, delivers, and counts what it cannot save`, () =>
    withFolder(async (folder) => {
      const sink = await startBulkSink()
      const web = createCriWriter(join(folder, 'log'), 'shop', 'web-0', 'web')
      for (let n = 0; n < 300; n++) web.line()
      const config = writeConfig(folder, yaml(folder, sink.url))
      sink.fail = 503
      const first = startAgent(['--config', config], folder)
      const second = { ...first }
      try {
        await eventually('the output is held', () => first.output().includes('"kind":"output_held"'))
        assert.equal(await first.stop(), 0, first.output())
        fs.writeFileSync(join(folder, 'state/dead-letters/search/0000000000000001.ndjson'), letter)
        const hit = filesBelow(join(folder, 'state')).filter((path) => fs.statSync(path).size > 0)
        assert.ok(hit.some((path) => path.endsWith('.chunk')) && hit.some((path) => path.endsWith('positions.json')))
        for (const path of hit) fs.writeFileSync(path, change(fs.readFileSync(path)))
        sink.fail = undefined
        const late = Array.from({ length: 10 }, () => web.line())
        Object.assign(second, startAgent(['--config', config], folder))
        const messages = (): string[] => [...sink.documents.values()].map(({ message }) => message as string)
        await eventually(`the new lines; ${second.output()}`, () => late.every((line) => messages().includes(line)))
        assert.equal(await second.stop(), 0, second.output())
        const found = new Set(messages())
        assert.equal(found.size, sink.documents.size, 'no line came under two identities')
        const lost = web.written.filter((line) => !found.has(line))
        assert.ok(lost.length <= droppedBy(second.output()), `${lost.length} lines are gone; ${second.output()}`)
      } finally {
        for (const agent of [first, second]) if (agent.child.exitCode === null) await agent.stop('SIGKILL')
        await sink.close()
      }
    }))
}
