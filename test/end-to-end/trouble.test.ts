import assert from 'node:assert/strict'
import { once } from 'node:events'
import fs from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { type AgentProcess, runAgent, startAgent, withFolder, writeConfig } from '../support/agent-process.ts'
import { type BulkSink, startBulkSink } from '../support/bulk-sink.ts'
import { createCriWriter } from '../support/cri-writer.ts'
import { eventually } from '../support/eventually.ts'

/** What the world does to files and agents, end to end. */

const plainConfig = (folder: string, sink: BulkSink, more = ''): string =>
  writeConfig(
    folder,
    `state_dir: ${folder}/state
sources:
  app: { kind: files, paths: [${folder}/*.log], tag: app, poll_interval: 100ms, rescan_interval: 200ms, rotate_wait: 200ms }
  containers: { kind: containers, path: ${folder}/log/containers, allowed_roots: [${folder}/log/pods], poll_interval: 100ms, partial_flush: 60s }
outputs:
  search:
    kind: elasticsearch
    match: "**"
    hosts: ["${sink.url}"]
    buffer: { flush_interval: 50ms, retry_initial_interval: 100ms, retry_max_interval: 500ms }
${more}
server: { listen: "off" }
checkpoint_interval: 100ms
`,
  )

const messages = (sink: BulkSink): string[] => [...sink.documents.values()].map((d) => d.message as string)

const withSink = (body: (folder: string, sink: BulkSink, agents: AgentProcess[]) => Promise<void>): Promise<void> =>
  withFolder(async (folder) => {
    const sink = await startBulkSink()
    const agents: AgentProcess[] = []
    try {
      fs.mkdirSync(join(folder, 'log/containers'), { recursive: true })
      fs.mkdirSync(join(folder, 'log/pods'), { recursive: true })
      await body(folder, sink, agents)
    } finally {
      for (const agent of agents) if (agent.child.exitCode === null) await agent.stop('SIGKILL')
      await sink.close()
    }
  })

test('copytruncate with the same first line: a new generation, nothing taken for a repetition', () =>
  withSink(async (folder, sink, agents) => {
    const path = join(folder, 'app.log')
    fs.writeFileSync(path, 'same header\none\ntwo\n')
    agents.push(startAgent(['--config', plainConfig(folder, sink)], folder))
    await eventually('three lines', () => sink.documents.size === 3)
    fs.truncateSync(path, 0)
    fs.appendFileSync(path, 'same header\nxxx\n')
    await eventually('the new generation', () => sink.documents.size === 5)
    assert.deepEqual(messages(sink).sort(), ['one', 'same header', 'same header', 'two', 'xxx'])
    assert.equal(await agents[0]?.stop(), 0)
  }))

test('rename and create, and a file deleted while it is open, are read to their ends', () =>
  withSink(async (folder, sink, agents) => {
    const path = join(folder, 'app.log')
    fs.writeFileSync(path, 'a\nb\n')
    agents.push(startAgent(['--config', plainConfig(folder, sink)], folder))
    await eventually('two lines', () => sink.documents.size === 2)
    const fd = fs.openSync(path, 'a')
    fs.renameSync(path, join(folder, 'app.log.1'))
    fs.writeSync(fd, 'late\n')
    fs.writeFileSync(path, 'new\n')
    await eventually('both files', () => sink.documents.size === 4)
    fs.appendFileSync(path, 'before the deletion\n')
    fs.unlinkSync(path)
    await eventually('the deleted file', () => sink.documents.size === 5)
    assert.deepEqual(messages(sink).sort(), ['a', 'b', 'before the deletion', 'late', 'new'])
    fs.closeSync(fd)
    assert.equal(await agents[0]?.stop(), 0)
  }))

test('a line of 40 MB, NUL bytes, invalid UTF-8, CRLF and no newline at the end: shipped, cut or replaced, never stopped by', () =>
  withSink(async (folder, sink) => {
    const hard = Buffer.concat([
      Buffer.from('first\r\n'),
      Buffer.alloc(40_000_000, 'x'),
      Buffer.from('\nnul \0 byte\nbad '),
      Buffer.from([0xff, 0xc3]),
      Buffer.from(' bytes\nno newline'),
    ])
    fs.writeFileSync(join(folder, 'app.log'), hard)
    const run = await runAgent(['--config', plainConfig(folder, sink), '--once'], folder)
    assert.equal(run.code, 0, run.stderr)
    const found = [...sink.documents.values()] as {
      message: string
      log: { offset: number; length: number; flags?: string[] }
    }[]
    const byOffset = found.sort((a, b) => a.log.offset - b.log.offset)
    assert.deepEqual(
      byOffset.map(({ message, log }) => [message.length > 1000 ? message.length : message, log.flags ?? []]),
      [
        ['first', []],
        [262_144, ['truncated']],
        ['nul \0 byte', []],
        ['bad \ufffd\ufffd bytes', []],
        ['no newline', []],
      ],
    )
    const ends = byOffset.map(({ log }) => log.offset + log.length)
    assert.deepEqual(
      byOffset.slice(1).map(({ log }) => log.offset),
      ends.slice(0, -1),
      'the spans add up',
    )
    assert.equal(ends.at(-1), hard.length)
  }))

test('a second agent on the state folder waits for the hand-over, says so, and doubles nothing', () =>
  withSink(async (folder, sink, agents) => {
    const web = createCriWriter(join(folder, 'log'), 'shop', 'web-0', 'web')
    web.line()
    const config = plainConfig(folder, sink)
    const first = startAgent(['--config', config], folder)
    agents.push(first)
    await eventually('a line', () => sink.documents.size === 1)
    const second = startAgent(['--config', config], folder)
    agents.push(second)
    await eventually('the wait', () => /waits for process \d+ on /.test(second.output()))
    web.line()
    await eventually('the first one still reads', () => sink.documents.size === 2)
    assert.equal(await first.stop(), 0)
    web.line()
    await eventually('the second one goes on', () => sink.documents.size === 3)
    assert.equal(await second.stop(), 0)
    assert.deepEqual(messages(sink).sort(), web.written.sort())
    assert.equal(sink.repeats.size, 0)
  }))

test('a record whose pieces stand before and after a restart, and in two files, comes out whole', () =>
  withSink(async (folder, sink, agents) => {
    const web = createCriWriter(join(folder, 'log'), 'shop', 'web-0', 'web')
    const config = plainConfig(folder, sink)
    web.line('whole')
    web.raw('2026-11-21T06:00:00.000000001Z stdout P first-\n')
    agents.push(startAgent(['--config', config], folder))
    await eventually('the whole one', () => sink.documents.size === 1)
    assert.equal(await agents[0]?.stop(), 0)
    web.rotate()
    web.raw('2026-11-21T06:00:00.000000002Z stdout P second-\n')
    agents.push(startAgent(['--config', config], folder))
    web.raw('2026-11-21T06:00:00.000000003Z stdout F third\n')
    await eventually('the joined one', () => sink.documents.size === 2)
    assert.deepEqual(messages(sink).sort(), ['first-second-third', 'whole'])
    assert.equal(await agents[1]?.stop(), 0)
  }))

test('links that lead astray are refused, and what is beside them is read', () =>
  withSink(async (folder, sink) => {
    const web = createCriWriter(join(folder, 'log'), 'shop', 'web-0', 'web')
    web.line('honest')
    fs.writeFileSync(join(folder, 'secret'), 'root:x:0:0\n')
    const id = 'a'.repeat(64)
    fs.symlinkSync(join(folder, 'secret'), join(folder, 'log/containers', `evil_shop_main-${id}.log`))
    fs.mkdirSync(join(folder, 'log/containers', `dir_shop_main-${id}.log`))
    fs.symlinkSync('/nowhere', join(folder, 'log/containers', `dangling_shop_main-${id}.log`))
    const run = await runAgent(['--config', plainConfig(folder, sink), '--once'], folder)
    assert.equal(run.code, 0, run.stderr)
    assert.deepEqual(messages(sink), ['honest'])
    assert.match(run.stderr, /"kind":"file_refused".*evil_shop/)
  }))

test('several outputs: one that is stuck does not hold up the others', () =>
  withSink(async (folder, sink, agents) => {
    const web = createCriWriter(join(folder, 'log'), 'shop', 'web-0', 'web')
    for (let i = 0; i < 50; i++) web.line()
    sink.fail = 503
    const more = `  copy: { kind: file, match: "kube.shop.**", path: ${folder}/copy.ndjson, buffer: { flush_interval: 50ms } }`
    agents.push(startAgent(['--config', plainConfig(folder, sink, more)], folder))
    const copied = (): string[] =>
      fs
        .readFileSync(join(folder, 'copy.ndjson'), 'utf8')
        .split('\n')
        .filter((l) => l !== '')
    await eventually('the file has all', () => copied().length === 50)
    assert.equal(sink.documents.size, 0)
    sink.fail = undefined
    await eventually('the other one too', () => sink.documents.size === 50)
    assert.equal(await agents[0]?.stop(), 0)
    assert.deepEqual(
      copied()
        .map((l) => JSON.parse(l).message)
        .sort(),
      web.written.sort(),
    )
  }))

test('killed before the first checkpoint interval, and the file rotated meanwhile: its last lines come from the rotated one', () =>
  withSink(async (folder, sink, agents) => {
    const path = join(folder, 'app.log')
    fs.writeFileSync(path, 'delivered\n')
    const config = plainConfig(folder, sink)
    fs.writeFileSync(
      config,
      fs.readFileSync(config, 'utf8').replace('checkpoint_interval: 100ms', 'checkpoint_interval: 5m'),
    )
    agents.push(startAgent(['--config', config], folder))
    await eventually('the first line', () => sink.documents.size === 1)
    await agents[0]?.stop('SIGKILL')
    fs.appendFileSync(path, 'while it was dead\n')
    fs.renameSync(path, `${path}.1`)
    fs.writeFileSync(path, 'after the rotation\n')
    agents.push(startAgent(['--config', config], folder))
    await eventually('all three', () => sink.documents.size === 3)
    assert.deepEqual(messages(sink).sort(), ['after the rotation', 'delivered', 'while it was dead'])
    assert.equal(await agents[1]?.stop(), 0)
  }))

test('picket --once into a pipe whose reader has gone ends, says so, and the next run has the rest', () =>
  withFolder(async (folder) => {
    const lines = Array.from({ length: 50_000 }, (_, n) => `line ${n} of a file that no pipe holds as a whole`)
    fs.writeFileSync(join(folder, 'app.log'), `${lines.join('\n')}\n`)
    const config = writeConfig(
      folder,
      `state_dir: ${folder}/state
sources:
  app: { kind: files, paths: [${folder}/app.log] }
outputs:
  out: { kind: stdout }
server: { listen: "off" }
`,
    )
    const agent = startAgent(['--config', config, '--once'], folder)
    agent.child.stdout?.once('data', () => agent.child.stdout?.destroy())
    const [code] = await once(agent.child, 'exit')
    assert.equal(code, 1, agent.output())
    assert.match(
      agent.output(),
      /nobody reads the standard output any more; what was not taken comes with the next start/,
    )
    const rest = await runAgent(['--config', config, '--once'], folder)
    assert.equal(rest.code, 0, rest.stderr)
    const found = new Set(
      `${agent.output()}${rest.stdout}`.match(/line \d+ of a file that no pipe holds as a whole(?="\})/g),
    )
    assert.deepEqual(
      lines.filter((line) => !found.has(line)),
      [],
    )
  }))

test('a key too narrow for one data stream: the other goes on, /readyz, metrics and log name it, and it is released by itself', () =>
  withSink(async (folder, sink, agents) => {
    const config = writeConfig(
      folder,
      `state_dir: ${folder}/state
sources:
  web: { kind: files, paths: [${folder}/web.log], tag: web, dataset: web, poll_interval: 50ms }
  audit: { kind: files, paths: [${folder}/audit.log], tag: audit, dataset: audit, poll_interval: 50ms }
outputs:
  search:
    kind: elasticsearch
    hosts: ["${sink.url}"]
    buffer: { flush_interval: 20ms, retry_initial_interval: 50ms, retry_max_interval: 100ms }
server: { listen: "127.0.0.1:0" }
`,
    )
    const narrow = { status: 403, error: { type: 'security_exception', reason: 'unauthorized' } }
    sink.refuse = (_, index) => (index === 'logs-audit-default' ? narrow : undefined)
    fs.writeFileSync(join(folder, 'web.log'), 'web 1\n')
    fs.writeFileSync(join(folder, 'audit.log'), 'audit 1\n')
    const agent = startAgent(['--config', config], folder)
    agents.push(agent)
    await eventually('the hold', () => agent.output().includes('"output_held"'))
    for (let i = 2; i < 12; i++) {
      fs.appendFileSync(join(folder, 'web.log'), `web ${i}\n`)
      fs.appendFileSync(join(folder, 'audit.log'), `audit ${i}\n`)
      await eventually(`web ${i}`, () => messages(sink).includes(`web ${i}`))
    }
    assert.equal(sink.documents.size, 11)
    const address = /"address":"([^"]+)"/.exec(agent.output())?.[1]
    const ready = await (await fetch(`http://${address}/readyz`)).json()
    const held = (ready as { held_outputs: { output: string; stream: string; reason: string }[] }).held_outputs
    assert.deepEqual(
      held.map(({ output, stream, reason }) => [
        output,
        stream,
        /^403 security_exception.*grant auto_configure/.test(reason),
      ]),
      [['search', 'logs-audit-default', true]],
    )
    const metrics = await (await fetch(`http://${address}/metrics`)).text()
    assert.match(metrics, /^picket_output_held\{output="search"\} 1$/m)
    assert.match(metrics, /^picket_output_held_streams\{output="search"\} 1$/m)
    sink.refuse = () => undefined
    await eventually('all of it', () => sink.documents.size === 22)
    await eventually('the release', () => agent.output().includes('"output_resumed"'))
    assert.equal(await agent.stop(), 0)
    assert.deepEqual([...sink.repeats], [])
  }))
