import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { startAgent, withFolder, writeConfig } from '../support/agent-process.ts'
import { eventually } from '../support/eventually.ts'

const MAIN = join(import.meta.dirname, '../../agent/main.ts')

test('an agent ends though the kernel has not answered it: a mount whose server is gone', () =>
  withFolder(async (folder) => {
    // Opening a pipe that nobody writes to takes one of libuv's threads as statfs of a dead mount does.
    const pipe = join(folder, 'pipe')
    execFileSync('mkfifo', [pipe])
    const hang = join(folder, 'hang.mjs')
    writeFileSync(hang, `import { open } from 'node:fs'\nopen(${JSON.stringify(pipe)}, () => {})\n`)
    const config = writeConfig(
      folder,
      `state_dir: ${folder}/state\nsources: {s: {kind: files, paths: ["${folder}/*.log"]}}\noutputs: {o: {kind: stdout}}\nserver: {listen: "off"}\n`,
    )
    const agent = startAgent(['run', '--config', config], folder, { NODE_OPTIONS: `--import ${hang}` }, MAIN)
    await eventually('the agent reads', () => agent.output().includes('"kind":"started"'))
    assert.equal(await agent.stop(), 'SIGTERM')
    assert.ok(agent.output().includes('"kind":"stopped"'))
  }))
