import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { type AgentProcess, runAgent, startAgent, withFolder, writeConfig } from '../support/agent-process.ts'
import { type BulkSink, startBulkSink } from '../support/bulk-sink.ts'
import { eventually } from '../support/eventually.ts'

/** `picket dead-letters` as a user meets it, beside a running agent. */

const config = (folder: string, sink: BulkSink): string =>
  writeConfig(
    folder,
    `state_dir: ${folder}/state
sources:
  app: { kind: files, paths: [${folder}/app.log], poll_interval: 50ms }
outputs:
  search:
    kind: elasticsearch
    hosts: ["${sink.url}"]
    buffer: { flush_interval: 50ms, retry_initial_interval: 50ms, retry_max_interval: 100ms }
server: { listen: "off" }
`,
  )

const conflict = (reason: string) => ({ status: 400, error: { type: 'document_parsing_exception', reason } })
const refuseBad =
  (reason: string): BulkSink['refuse'] =>
  (document) =>
    String(document.message).startsWith('bad') ? conflict(reason) : undefined

const withAgent = (
  body: (world: { folder: string; sink: BulkSink; path: string; log: string; agent: AgentProcess }) => Promise<void>,
): Promise<void> =>
  withFolder(async (folder) => {
    const sink = await startBulkSink()
    const log = join(folder, 'app.log')
    fs.writeFileSync(log, '')
    const path = config(folder, sink)
    const agent = startAgent(['--config', path], folder)
    try {
      await body({ folder, sink, path, log, agent })
    } finally {
      if (agent.child.exitCode === null) await agent.stop('SIGKILL')
      await sink.close()
    }
  })

const rows = (stdout: string): Record<string, unknown>[] =>
  stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))

test('list, show and replay beside a running agent, which goes on burying in the same file', () =>
  withAgent(async ({ folder, sink, path, log, agent }) => {
    const letters = (...args: string[]) => runAgent(['dead-letters', ...args, '--config', path], folder)
    sink.refuse = refuseBad('failed to parse field [x]')
    fs.appendFileSync(log, 'good 1\nbad 1\nbad 2\n')
    await eventually('two dead letters', () => (agent.output().match(/"dead_lettered"/g) ?? []).length === 2)

    const listed = await letters('list')
    assert.deepEqual([listed.code, listed.stderr], [0, ''])
    const found = rows(listed.stdout)
    assert.deepEqual(
      found.map(({ id: _, time: __, bytes, ...rest }) => [rest, Number(bytes) > 300]),
      [0, 1].map((item) => [
        {
          output: 'search',
          segment: 1,
          item,
          status: 400,
          type: 'document_parsing_exception',
          reason: 'failed to parse field [x]',
        },
        true,
      ]),
    )
    const [first, second] = found.map(({ id }) => String(id)) as [string, string]

    const shown = await letters('show', first.slice(0, 8))
    assert.equal(shown.code, 0, shown.stderr)
    const whole = JSON.parse(shown.stdout)
    assert.deepEqual([whole.id, whole.document.message], [first, 'bad 1'])
    assert.match(shown.stdout, /\n {2}"document": \{\n {4}"@timestamp"/)

    const dry = await letters('replay', '--all', '--dry-run')
    assert.deepEqual(
      [dry.code, rows(dry.stdout).map(({ id }) => id), dry.stderr],
      [0, [first, second], 'picket: search: 2 would be sent again\n'],
    )
    sink.refuse = refuseBad('now for another reason')
    const refused = await letters('replay', second)
    assert.deepEqual([refused.code, refused.stderr], [1, 'picket: search: 1 sent again, 0 taken, 1 refused again\n'])
    assert.deepEqual(
      rows((await letters('list')).stdout).map(({ id, reason }) => [id, reason]),
      [
        [first, 'failed to parse field [x]'],
        [second, 'now for another reason'],
      ],
    )
    sink.refuse = (document) => (document.message === 'bad 3' ? conflict('still') : undefined)
    const taken = await letters('replay', '--all', '--output', 'search')
    assert.deepEqual([taken.code, taken.stderr], [0, 'picket: search: 2 sent again, 2 taken, 0 refused again\n'])
    assert.deepEqual(rows((await letters('list')).stdout), [])

    fs.appendFileSync(log, 'bad 3\ngood 2\n')
    await eventually('the agent goes on', () => sink.documents.size === 4)
    await eventually('it buries again', async () => rows((await letters('list')).stdout).length === 1)
    assert.deepEqual([...sink.documents.values()].map(({ message }) => message).sort(), [
      'bad 1',
      'bad 2',
      'good 1',
      'good 2',
    ])
    assert.deepEqual([...sink.repeats], [])
    assert.equal(await agent.stop(), 0)
  }))

test('without a state folder, without the output, with an unknown id: what is wrong, and 1', () =>
  withAgent(async ({ folder, sink, path, log, agent }) => {
    const none = await runAgent(['dead-letters', 'list', '--state-dir', 'nowhere'], folder)
    assert.deepEqual(
      [none.code, none.stderr],
      [1, 'picket: there is no Picket state in nowhere: has an agent run with this state_dir?\n'],
    )
    sink.refuse = refuseBad('no')
    fs.appendFileSync(log, 'bad 1\n')
    await eventually('a dead letter', () => agent.output().includes('"dead_lettered"'))
    const unknown = await runAgent(['dead-letters', 'show', 'ffff', '--config', path], folder)
    assert.deepEqual(
      [unknown.code, unknown.stderr],
      [1, 'picket: there is no dead letter ffff; see picket dead-letters list\n'],
    )
    const elsewhere = await runAgent(['dead-letters', 'replay', '--all', '--state-dir', 'state'], folder)
    assert.deepEqual(
      [elsewhere.code, elsewhere.stderr],
      [1, 'picket: search: the configuration has no output of this name (--config)\n'],
    )
    await agent.stop()
  }))
