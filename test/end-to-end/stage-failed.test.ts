import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { loadConfig } from '../../agent/config/load.ts'
import { runAgent } from '../../agent/run-agent.ts'
import type { Fields, Logger } from '../../lib/log/logger.ts'
import { withFolder, writeConfig } from '../support/agent-process.ts'
import { startBulkSink } from '../support/bulk-sink.ts'
import { eventually } from '../support/eventually.ts'

interface Line {
  readonly level: string
  readonly kind: string
  readonly fields: Fields | undefined
}

/** The real wiring over a log that faults at whatever is said of the second file: in the loop of the source, which expects no such thing. */
const createLog = (faulty: boolean): { readonly logger: Logger; readonly lines: Line[] } => {
  const lines: Line[] = []
  const logger: Logger = {
    log: (level, kind, _message, fields) => {
      if (faulty && String(fields?.path).endsWith('/second.log')) throw new Error('a fault of ours')
      lines.push({ level, kind, fields })
    },
    child: () => logger,
    close: () => {},
  }
  return { logger, lines }
}

const run = (
  path: string,
  log: ReturnType<typeof createLog>,
  stop: AbortSignal,
  once = false,
): ReturnType<typeof runAgent> => {
  const loaded = loadConfig(path)
  assert.ok(loaded.kind === 'loaded', JSON.stringify(loaded))
  return runAgent({
    config: loaded.config,
    logger: log.logger,
    lostLogLines: () => 0,
    build: { version: '0', revision: '', node: '' },
    once,
    self: undefined,
    stop,
    abort: new AbortController().signal,
  })
}

const texts = (folder: string): string[] =>
  fs.globSync(join(folder, 'state/queue/search/*')).filter((file) => fs.statSync(file).size > 0)

test('a loop of the agent that faults stops it in order: one line says where, what is read is on disk, positions are saved, and the next start has all', () =>
  withFolder(async (folder) => {
    const sink = await startBulkSink()
    try {
      const path = writeConfig(
        folder,
        `state_dir: ${folder}/state
sources:
  app: { kind: files, paths: ["${folder}/*.log"], poll_interval: 100ms, rescan_interval: 200ms }
outputs:
  search:
    kind: elasticsearch
    hosts: ["${sink.url}"]
    buffer: { flush_interval: 50ms, retry_initial_interval: 100ms, retry_max_interval: 200ms, spill_after: 1h }
server: { listen: "off" }
checkpoint_interval: 5m
`,
      )
      sink.fail = 503
      fs.writeFileSync(join(folder, 'first.log'), 'one\ntwo\n')
      const faulty = createLog(true)
      const ended = run(path, faulty, new AbortController().signal)
      let failure: unknown
      ended.catch((error: unknown) => {
        failure = error
      })
      await eventually('a refusal', () => sink.requests > 0)
      assert.deepEqual(texts(folder), [], 'in memory so far')
      fs.writeFileSync(join(folder, 'second.log'), 'three\n')
      await eventually('the end', () => failure !== undefined)
      assert.equal((failure as Error).message, 'a fault of ours')
      const failed = faulty.lines.filter(({ kind }) => kind === 'stage_failed')
      assert.deepEqual(
        failed.map(({ level, fields }) => [level, fields?.stage, String(fields?.error).split('\n')[0]]),
        [['error', 'source app', 'Error: a fault of ours']],
      )
      assert.deepEqual(
        faulty.lines.filter(({ kind }) => kind === 'spilled').map(({ fields }) => fields?.documents),
        [2],
      )
      assert.equal(texts(folder).length, 1)
      sink.fail = undefined
      await run(path, createLog(false), new AbortController().signal, true)
      const messages = [...sink.documents.values()].map((document) => document.message as string)
      assert.deepEqual(messages.sort(), ['one', 'three', 'two'])
      assert.equal(sink.repeats.size, 0, 'the positions of the first run were saved')
    } finally {
      await sink.close()
    }
  }))
