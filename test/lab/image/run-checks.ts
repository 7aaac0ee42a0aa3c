import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { startBulkSink } from '../../support/bulk-sink.ts'
import { createCriWriter } from '../../support/cri-writer.ts'
import { eventually } from '../../support/eventually.ts'
import { freePorts } from '../elasticsearch/free-ports.ts'
import { type Container, type ContainerOptions, startContainer } from './container.ts'
import type { Unpacked } from './content-checks.ts'

const MIB = 1024 * 1024
const FILES = 50
/** docs/performance.md: idle with 50 files, peak; what was wanted there, in MB. */
const IDLE_LIMIT_BYTES = 75_500_000

const start = (context: TestContext, { image, root }: Unpacked, options: Omit<ContainerOptions, 'image' | 'root'>) => {
  const container = startContainer({ ...options, image, root })
  context.after(async () => {
    await container.remove()
    if (!context.passed) context.diagnostic(container.output().slice(-5000))
  })
  return container
}

/** Fields of /proc/PID/status (proc_pid_status(5)). */
const statusOf = (container: Container): Readonly<Record<string, string>> =>
  Object.fromEntries(
    readFileSync(`/proc/${container.pid()}/status`, 'utf8')
      .split('\n')
      .map((line) => line.split(/:\s+/) as [string, string]),
  )
const commandLine = (container: Container): readonly string[] =>
  readFileSync(`/proc/${container.pid()}/cmdline`, 'utf8').split('\0').slice(0, -1)
const heapOf = (container: Container): readonly string[] =>
  commandLine(container).filter((word) => word.startsWith('--max-old-space-size='))

/** One process, number 1 in its container, that may do nothing but what its user may. */
const checkConfined = (container: Container, user: number, bundle: string): void => {
  const pid = container.pid()
  const { NSpid = '', Uid, CapEff, CapBnd, NoNewPrivs } = statusOf(container)
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  const root = readFileSync(`/proc/${pid}/mountinfo`, 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .find(([, , , , place]) => place === '/')
  const [node, ...words] = commandLine(container)
  assert.deepEqual(
    {
      number: NSpid.split('\t').at(-1),
      children,
      users: Uid,
      rights: [CapEff, CapBnd, NoNewPrivs],
      root: root?.[5]?.split(',')[0],
      node,
      program: words.find((word) => !word.startsWith('-')),
    },
    {
      number: '1',
      children: '',
      users: [user, user, user, user].join('\t'),
      rights: ['0000000000000000', '0000000000000000', '1'],
      root: 'ro',
      node: '/usr/local/bin/node',
      program: `/picket/dist/${bundle}`,
    },
  )
}

/** As the chart mounts it: its configuration, the logs, read-only; the state folder. */
const agentMounts = (folder: string, config: string): ContainerOptions['mounts'] & object => {
  for (const name of ['state', 'log']) mkdirSync(join(folder, name), { recursive: true })
  writeFileSync(join(folder, 'picket.yaml'), config)
  return {
    '/etc/picket/picket.yaml': { from: join(folder, 'picket.yaml') },
    '/var/lib/picket': { from: join(folder, 'state'), writable: true },
    // At the same place as here, because a log's link is an absolute path.
    [join(folder, 'log')]: { from: join(folder, 'log') },
  }
}

const agentConfig = (folder: string, url: string, port: number): string => `state_dir: /var/lib/picket
sources:
  containers: { kind: containers, path: ${folder}/log/containers, allowed_roots: [${folder}/log/pods] }
outputs:
  search: { kind: elasticsearch, match: "**", hosts: ["${url}"], buffer: { flush_interval: 100ms } }
server: { listen: 127.0.0.1:${port}, page: "off" }
`

const residentBytes = (container: Container, field: string): number =>
  Number.parseInt(statusOf(container)[field] ?? '', 10) * 1024

const agentRuns = async (t: TestContext, agent: Unpacked, folder: string): Promise<void> => {
  const sink = await startBulkSink()
  t.after(() => sink.close())
  const [port = 0] = await freePorts(1)
  const mounts = agentMounts(folder, agentConfig(folder, sink.url, port))
  const writers = Array.from({ length: FILES }, (_, k) =>
    createCriWriter(join(folder, 'log'), 'shop', `web-${k}`, 'app'),
  )
  t.after(() => {
    for (const writer of writers) writer.close()
  })
  const container = start(t, agent, {
    name: 'agent',
    folder: join(folder, 'container'),
    args: agent.image.config.Cmd,
    memoryBytes: 200 * MIB,
    hostNetwork: true,
    mounts,
  })
  const ready = async (): Promise<boolean> => (await fetch(`http://127.0.0.1:${port}/readyz`)).ok
  await eventually('the agent is ready', ready)
  const lines = writers.flatMap((writer) => [writer.line(), writer.line()])
  await eventually('every line is delivered', () => sink.documents.size >= lines.length)

  const messages = [...sink.documents.values()].map((document) => document.message)
  assert.deepEqual([messages.sort(), sink.repeats.size], [lines.sort(), 0])
  checkConfined(container, 0, 'picket.mjs')
  assert.deepEqual(heapOf(container), ['--max-old-space-size=96'])
  const peak = residentBytes(container, 'VmHWM')
  t.diagnostic(
    `resident ${(peak / 1e6).toFixed(1)} MB at most, ${(residentBytes(container, 'VmRSS') / 1e6).toFixed(1)} now`,
  )
  assert.ok(peak <= IDLE_LIMIT_BYTES, `${peak} bytes resident`)
  assert.equal(await container.stop(), 0)
}

/** No API server answers: it waits for one. */
const KUBECONFIG = {
  apiVersion: 'v1',
  kind: 'Config',
  'current-context': 'lab',
  contexts: [{ name: 'lab', context: { cluster: 'lab', user: 'lab' } }],
  clusters: [{ name: 'lab', cluster: { server: 'https://127.0.0.1:1' } }],
  users: [{ name: 'lab', user: { token: 'lab' } }],
}

const controllerRuns = async (t: TestContext, controller: Unpacked, folder: string): Promise<void> => {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'kubeconfig'), JSON.stringify(KUBECONFIG))
  const container = start(t, controller, {
    name: 'controller',
    folder: join(folder, 'container'),
    args: controller.image.config.Cmd,
    memoryBytes: 256 * MIB,
    env: { KUBECONFIG: '/etc/kubeconfig' },
    mounts: { '/etc/kubeconfig': { from: join(folder, 'kubeconfig') } },
  })
  await eventually('it has looked for its API server', () => container.output().includes('"lease_failed"'))
  checkConfined(container, 65532, 'picket-controller.mjs')
  assert.deepEqual(heapOf(container), ['--max-old-space-size=128'])
  t.diagnostic(`resident ${(residentBytes(container, 'VmHWM') / 1e6).toFixed(1)} MB at most`)
  assert.equal(await container.stop(), 0)
}

/** Without a configuration that it could read it would end: it has one, and nothing to do. */
const heapFor = async (t: TestContext, agent: Unpacked, folder: string, memoryBytes: number | undefined) => {
  const config = `state_dir: /var/lib/picket\nserver: { listen: "off", page: "off" }\noutputs: { out: { kind: stdout } }\n`
  const container = start(t, agent, {
    name: 'heap',
    folder: join(folder, 'container'),
    args: agent.image.config.Cmd,
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
    mounts: agentMounts(folder, config),
  })
  await eventually('node has become the agent', () => heapOf(container).length > 0)
  return heapOf(container)
}

const answers = async (t: TestContext, unpacked: Unpacked, folder: string, name: string): Promise<void> => {
  const version = start(t, unpacked, { name: 'version', folder: join(folder, 'version'), args: ['--version'] })
  assert.deepEqual(
    [await version.ended, version.output().replace(/\([0-9a-f]{12}\)/, '(revision)')],
    [0, `${name} ${unpacked.image.config.Labels['org.opencontainers.image.version']} (revision)\n`],
  )
  const help = start(t, unpacked, { name: 'help', folder: join(folder, 'help'), args: ['--help'] })
  assert.equal(await help.ended, 0)
  assert.match(help.output(), new RegExp(`\nUsage: ${name} `))
}

/** The images as a container runtime runs them. */
export const runChecks = async (
  context: TestContext,
  folder: string,
  { agent, controller }: { readonly agent: Unpacked; readonly controller: Unpacked },
): Promise<void> => {
  const at = (name: string): string => join(folder, 'runs', name)
  await context.test('both images answer --version and --help', async (t) => {
    await answers(t, agent, at('agent'), 'picket')
    await answers(t, controller, at('controller'), 'picket-controller')
  })
  await context.test('the agent: one process, no rights, a read-only root, every line once, SIGTERM is 0', (t) =>
    agentRuns(t, agent, at('agent-run')),
  )
  await context.test('the controller: one process, no rights, a read-only root, SIGTERM is 0', (t) =>
    controllerRuns(t, controller, at('controller-run')),
  )
  await context.test('the heap’s limit follows the container’s', async (t) => {
    for (const [mebibytes, heap] of [
      [100, 32],
      [512, 252],
      [undefined, 96],
    ] as const) {
      const bytes = mebibytes === undefined ? undefined : mebibytes * MIB
      await t.test(`${mebibytes ?? 'no'} MiB`, async (one) =>
        assert.deepEqual(await heapFor(one, agent, at(`heap-${mebibytes}`), bytes), [`--max-old-space-size=${heap}`]),
      )
    }
  })
}
