import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { runAgent, startAgent, withFolder, writeConfig } from '../support/agent-process.ts'
import { eventually } from '../support/eventually.ts'

/** `npm start`, as a user sees it on a machine without Kubernetes. */

interface Found {
  readonly _id: string
  readonly message: string
  readonly kubernetes: { readonly namespace: string; readonly pod: { readonly name: string } }
}

const search = async (folder: string, ...args: string[]): Promise<Found[]> => {
  const { code, stdout, stderr } = await runAgent(['search', ...args, '--limit', '100000'], folder)
  assert.equal(code, 0, stderr)
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Found)
}

/** Every complete record of the sample's files, as their bytes say: (file, first byte) once each. */
const sampleLines = (folder: string): number => {
  const files = fs.globSync(join(folder, '.picket/sample/pods/*/*/*.log*')).filter((f) => !f.endsWith('.gz'))
  return files.reduce(
    (sum, f) => sum + (fs.readFileSync(f, 'latin1').match(/^\S+ std(?:out|err) F /gm)?.length ?? 0),
    0,
  )
}

test('npm start reads a sample workload, can be searched and followed, and resumes where it stopped', () =>
  withFolder(async (folder) => {
    const first = startAgent(['start'], folder)
    try {
      await eventually('the address of the metrics', () => first.output().includes('metrics  http://127.0.0.1:'))
      // What to do next comes first.
      assert.match(
        first.output(),
        /\n\n {2}open {5}(?:http:\/\/127\.0\.0\.1:\d+\/|no page: its port is taken .*)\n {2}reading/,
      )
      assert.match(first.output(), /sample workload writes container logs beside the agent/)
      const timeouts = await eventually('a timeout of a web pod', async () => {
        const found = fs.existsSync(join(folder, '.picket/store.db'))
          ? await search(folder, 'timeout AND pod:web*', '--since', '10m')
          : []
        return found.length > 0 ? found : undefined
      })
      for (const { message, kubernetes } of timeouts) {
        assert.match(message, /timeout/i)
        assert.match(kubernetes.pod.name, /^web/)
      }
      const tail = startAgent(['tail', '--namespace', 'shop'], folder)
      await eventually('a followed line', () => tail.output().split('\n').length > 12)
      await tail.stop('SIGINT')
      for (const line of tail
        .output()
        .split('\n')
        .filter((l) => l !== ''))
        assert.equal((JSON.parse(line) as Found).kubernetes.namespace, 'shop')
    } finally {
      assert.equal(await first.stop('SIGINT'), 0)
    }
    const before = await search(folder)
    const second = startAgent(['start'], folder)
    try {
      await eventually('more records', async () => (await search(folder)).length > before.length + 20)
    } finally {
      assert.equal(await second.stop('SIGINT'), 0)
    }
    const config = writeConfig(
      folder,
      `state_dir: .picket
sources:
  containers: { kind: containers, path: .picket/sample/containers, allowed_roots: [.picket/sample/pods] }
outputs:
  local: { kind: local }
server: { listen: "off" }
`,
    )
    const rest = await runAgent(['--config', config, '--once'], folder)
    assert.equal(rest.code, 0, rest.stderr)
    const ids = (await search(folder)).map((d) => d._id)
    assert.equal(new Set(ids).size, ids.length, 'no record twice')
    assert.ok(
      ids.length >= sampleLines(folder),
      `every record of the files that are left: ${ids.length}, ${sampleLines(folder)}`,
    )
  }))
