import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { parse, stringify } from 'yaml'
import { eventually } from '../../support/eventually.ts'
import { staticPodFolder } from './kubelet.ts'
import type { NodeLab } from './lab.ts'
import type { Machine } from './machine.ts'
import { startWriter } from './writer.ts'

const PACKAGING = join(import.meta.dirname, '../../../packaging/static-pod')
/** The machine shares /etc with this one; /var/lib is its own. */
const CONFIG_FOLDER = '/var/lib/picket-config'
const STATE_FOLDER = '/var/lib/picket-static'

interface Manifest {
  readonly spec: {
    readonly containers: readonly { image: string }[]
    readonly volumes: readonly { readonly name: string; readonly hostPath: { path: string } }[]
  }
}

interface Config {
  readonly outputs: { readonly search: { hosts: readonly string[]; api_key?: string } }
}

const read = <T>(name: string): T => parse(readFileSync(join(PACKAGING, name), 'utf8')) as T

/** The files of packaging/static-pod; other than there are the image, the store and its key, and two folders. */
const files = (url: string): { readonly manifest: string; readonly config: string } => {
  const [manifest, config] = [read<Manifest>('picket.yaml'), read<Config>('config.yaml')]
  const [container] = manifest.spec.containers
  if (container) container.image = 'localhost/picket-agent:lab'
  for (const { name, hostPath } of manifest.spec.volumes) {
    if (name === 'config') hostPath.path = CONFIG_FOLDER
    if (name === 'state') hostPath.path = STATE_FOLDER
  }
  config.outputs.search.hosts = [url]
  delete config.outputs.search.api_key
  return { manifest: stringify(manifest), config: stringify(config) }
}

const ASK = `const { ok } = await fetch('http://127.0.0.1:9464/readyz'); process.exitCode = ok ? 0 : 1`

const isReady = (machine: Machine): boolean => {
  try {
    machine.run([process.execPath, '--input-type=module', '--eval', ASK])
    return true
  } catch {
    return false
  }
}

/** The kubelet reads whatever it finds: a file is written aside and moved in. */
const put = (machine: Machine, manifest: string): (() => void) => {
  const file = join(staticPodFolder(machine), 'picket.yaml')
  writeFileSync(join(machine.folder, 'picket.yaml'), manifest)
  renameSync(join(machine.folder, 'picket.yaml'), file)
  return () => rmSync(file)
}

/** docs/alternatives.md's other way, on a node that has no agent any more. */
export const staticPodCheck = async (context: TestContext, lab: NodeLab): Promise<void> => {
  const [one] = lab.nodes
  await context.test('a static pod reads and delivers while there is no API server', async (sub) => {
    const writer = await startWriter(lab, 'beside-a-static-pod', { node: one, linesPerSecond: 100 })
    const { manifest, config } = files(lab.server.url)
    mkdirSync(one.path(CONFIG_FOLDER))
    writeFileSync(one.path(join(CONFIG_FOLDER, 'picket.yaml')), config)
    await lab.cluster.apiServer.stop()
    const takeAway = put(one, manifest)
    await eventually('the static pod is ready', () => isReady(one), 90_000)
    await writer.delivers(300)
    await lab.cluster.apiServer.start()
    await writer.end()
    sub.diagnostic(`${await writer.everyLineOnce()} lines`)
    takeAway()
    await eventually('its end', () => !isReady(one), 90_000)
  })
}
