import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { startAgent } from '../../support/agent-process.ts'
import { eventually } from '../../support/eventually.ts'
import { freePorts } from '../elasticsearch/free-ports.ts'

/** What `npm start` runs, on ports that are free: the embedded store, the sample workload beside it. */
export const startPageAgent = async (context: TestContext, server = '') => {
  const folder = mkdtempSync(join(tmpdir(), 'picket-lab-browser-'))
  const [listen, page] = await freePorts(2)
  const config = join(folder, 'picket.yaml')
  writeFileSync(
    config,
    `state_dir: .picket
sources:
  containers: { kind: containers, path: sample/containers, allowed_roots: [sample/pods] }
outputs:
  local: { kind: local }
server: { listen: "127.0.0.1:${listen}", page: "127.0.0.1:${page}"${server} }
`,
  )
  const sample = startAgent(['sample', '--dir', join(folder, 'sample')], folder)
  const agent = startAgent(['--config', config], folder)
  context.after(async () => {
    await agent.stop()
    await sample.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  const url = `http://127.0.0.1:${page}`
  await eventually('the page', async () => (await fetch(url)).ok, 60_000)
  return { url, folder }
}
