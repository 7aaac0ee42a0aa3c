import assert from 'node:assert/strict'
import { once } from 'node:events'
import fs from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import test from 'node:test'
import { runAgent, startAgent, withFolder, writeConfig } from '../support/agent-process.ts'
import { startBulkSink } from '../support/bulk-sink.ts'
import { eventually } from '../support/eventually.ts'

/** What scripts rest on: exit codes, what goes to which stream, and that no secret is in any of it. */

const elasticsearch = (folder: string, url: string, more = ''): string =>
  writeConfig(
    folder,
    `state_dir: ${folder}/state
sources:
  app: { kind: files, paths: [${folder}/app.log] }
outputs:
  search:
    kind: elasticsearch
    hosts: ["${url}"]
    buffer: { flush_interval: 50ms, retry_initial_interval: 50ms, retry_max_interval: 100ms }
${more}
`,
  )

test('--once: 0 when all is delivered; 1 and a sentence when it was stopped before; then 0 for the rest', () =>
  withFolder(async (folder) => {
    const sink = await startBulkSink()
    try {
      fs.writeFileSync(join(folder, 'app.log'), 'one\ntwo\n')
      const config = elasticsearch(folder, sink.url, 'server: { listen: "off" }')
      sink.fail = 503
      const stuck = startAgent(['--config', config, '--once'], folder)
      await eventually('a refusal', () => sink.requests > 1)
      assert.equal(await stuck.stop(), 1)
      assert.match(
        stuck.output(),
        /\npicket: stopped before everything was delivered; the rest comes with the next start\n$/,
      )
      sink.fail = undefined
      const rest = await runAgent(['--config', config, '--once'], folder)
      assert.equal(rest.code, 0, rest.stderr)
      assert.deepEqual([...sink.documents.values()].map((d) => d.message).sort(), ['one', 'two'])
      const nothing = await runAgent(['--config', config, '--once'], folder)
      assert.deepEqual([nothing.code, nothing.stdout], [0, ''])
    } finally {
      await sink.close()
    }
  }))

test('--once that a second signal ends at once is not done: 1, and the lines come with the next run', () =>
  withFolder(async (folder) => {
    const silent = createServer((socket) => void socket.resume()).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const { port } = silent.address() as AddressInfo
    const connected = once(silent, 'connection')
    fs.writeFileSync(join(folder, 'app.log'), 'one\n')
    const agent = startAgent(
      ['--config', elasticsearch(folder, `http://127.0.0.1:${port}`, 'server: { listen: "off" }'), '--once'],
      folder,
    )
    await connected
    const ended = agent.stop()
    await eventually('the end', () => !agent.child.kill('SIGTERM'))
    assert.equal(await ended, 1)
    assert.doesNotMatch(agent.output(), /stopped in order/)
    silent.close()
    const sink = await startBulkSink()
    try {
      const config = elasticsearch(folder, sink.url, 'server: { listen: "off" }')
      assert.equal((await runAgent(['--config', config, '--once'], folder)).code, 0)
      assert.deepEqual(
        [...sink.documents.values()].map((d) => d.message),
        ['one'],
      )
    } finally {
      await sink.close()
    }
  }))

test('exit codes and streams: 1 for a configuration that is none, 2 for a command line that is not understood', () =>
  withFolder(async (folder) => {
    fs.writeFileSync(join(folder, 'empty.yaml'), '')
    fs.mkdirSync(join(folder, 'etc'))
    const table: [string[], number, string][] = [
      [['--config', 'etc', '--once'], 1, 'etc has one mistake\n\n  etc\n    is a folder; name the file in it\n'],
      [['--config', 'nope.yaml'], 1, 'nope.yaml has one mistake\n\n  nope.yaml\n    there is no such file\n'],
      [
        ['validate', 'empty.yaml'],
        1,
        'empty.yaml has one mistake\n\n  empty.yaml\n    is empty\n      allowed: YAML with sources and outputs\n' +
          '      the least: {sources: {containers: {kind: containers}}, outputs: {local: {kind: local}}}\n',
      ],
      [['--conf', 'x'], 2, 'picket: there is no option --conf; did you mean --config?\n'],
      [['validate'], 2, 'picket: validate needs a file: picket validate FILE\n'],
    ]
    for (const [args, code, stderr] of table)
      assert.deepEqual(await runAgent(args, folder), { code, stdout: '', stderr }, args.join(' '))
  }))

test('no secret is in the log, in /metrics or in /readyz, whatever the server answers', () =>
  withFolder(async (folder) => {
    const sink = await startBulkSink()
    const VALUE = 'hunter2-0123456789'
    fs.writeFileSync(join(folder, 'app.log'), 'one\n')
    fs.writeFileSync(join(folder, 'key'), `${VALUE}-of-a-file\n`)
    const secrets = [
      `api_key: "file:${folder}/key"`,
      `username: u, password: "$${'{'}KEY}"`,
      `bearer_token: ${VALUE}`,
      `api_key: "${VALUE}\\x01-that-no-header-can-hold"`,
    ]
    try {
      for (const [n, secret] of secrets.entries()) {
        const config = elasticsearch(folder, sink.url, `server: { listen: "127.0.0.1:0", token: ${VALUE} }`)
        const text = fs
          .readFileSync(config, 'utf8')
          .replace('kind: elasticsearch', `kind: elasticsearch\n    ${secret.replace(', ', '\n    ')}`)
        fs.writeFileSync(
          config,
          text
            .replace('state_dir:', `log: { level: debug }\nstate_dir:`)
            .replace('/state', `/state${n}`)
            .replace('hosts:', `headers: { X-Tenant: ${VALUE} }\n    hosts:`),
        )
        sink.fail = n % 2 === 0 ? 401 : 503
        const agent = startAgent(['--config', config], folder, { KEY: VALUE })
        try {
          await eventually('the hold', () =>
            /"output_held"[\s\S]*"started"|"started"[\s\S]*"output_held"/.test(agent.output()),
          )
          const address = /"address":"([^"]+)"/.exec(agent.output())?.[1]
          const headers = { authorization: `Bearer ${VALUE}` }
          const pages = await Promise.all(
            ['/metrics', '/readyz', '/healthz', '/'].map(async (page) =>
              (await fetch(`http://${address}${page}`, { headers })).text(),
            ),
          )
          assert.match(pages[0] ?? '', /picket_output_held\{output="search"\} 1/)
          assert.ok(!`${agent.output()}${pages.join('\n')}`.includes('hunter2'), agent.output())
        } finally {
          assert.equal(await agent.stop(), 0)
        }
      }
    } finally {
      await sink.close()
    }
  }))

test('what a command prints in a pipe that is closed is no error', () =>
  withFolder(async (folder) => {
    const agent = startAgent(['--help'], folder)
    agent.child.stdout?.destroy()
    const [code] = await once(agent.child, 'exit')
    assert.deepEqual([code, agent.output()], [0, ''])
  }))
