import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from '../../support/eventually.ts'
import { type Called, callServer } from './call.ts'
import { type Certificates, makeCertificates } from './certificates.ts'
import { type Distribution, ensureDistribution, findDistribution, type Product } from './distribution.ts'
import { freePorts } from './free-ports.ts'
import { findJava } from './java.ts'
import { ensureDistributionWithPlugin } from './lab-plugin.ts'

export interface StartOptions {
  readonly product?: Product
  readonly version: string
  /** TLS with an authority of its own, and the users below (Elasticsearch only). */
  readonly security?: boolean
  /** With security: whoever connects must show a certificate of the same authority. */
  readonly clientCertificates?: boolean
  /** API keys, native users and the failure store (lab-plugin.ts; Elasticsearch only). */
  readonly plugin?: boolean
  /** Where it listens, if not on the loopback. */
  readonly address?: string
  /** Further settings, as on the command line: `http.max_content_length`: `1mb`. */
  readonly settings?: Readonly<Record<string, string>>
}

export interface RunningServer {
  readonly url: string
  readonly product: Product
  readonly version: string
  /** PEM of the authority, where security is on. */
  readonly ca: string | undefined
  /** What the administrator shows, where the server asks for a certificate. */
  readonly client: Certificates['client'] | undefined
  /** A request as the administrator. */
  call(method: string, path: string, body?: unknown): Promise<Called>
  /** The same; throws unless it succeeded, returns the parsed answer. */
  ask<T>(method: string, path: string, body?: unknown): Promise<T>
  /** SIGTERM to the last byte on disk. */
  stop(): Promise<void>
  /** SIGKILL of everything. */
  kill(): Promise<void>
  /** After stop() or kill(): the same server on the same port with the same data. */
  start(): Promise<void>
  stopAndStart(): Promise<void>
  /** SIGSTOP and SIGCONT of the server: it accepts connections and says nothing. */
  freeze(): void
  thaw(): void
  /** Kills what runs and removes its folder. */
  dispose(): Promise<void>
}

export const admin = { name: 'lab-admin', password: 'lab-admin-password' } as const
/** May do what docs/elasticsearch.md calls the least privilege, on logs-*-*. */
export const writer = { name: 'picket', password: 'picket-writer-password' } as const

const writerRole = `
picket_writer:
  cluster: [ 'monitor' ]
  indices:
    - names: [ 'logs-*-*' ]
      privileges: [ 'auto_configure', 'create_doc' ]
`

/** Servers refuse to run as root: then they run as nobody. */
const asRoot = process.getuid?.() === 0
const nobody = 65534
const identity = asRoot ? { uid: nobody, gid: nobody } : {}

const startDeadlineMs = 240_000

const prepareFolder = ({ product }: Distribution, home: string): string => {
  const folder = fs.mkdtempSync(join(tmpdir(), `picket-lab-${product}-`))
  folders.add(folder)
  fs.chmodSync(folder, 0o755)
  fs.cpSync(join(home, 'config'), join(folder, 'config'), { recursive: true })
  for (const name of ['data', 'logs', 'tmp']) fs.mkdirSync(join(folder, name))
  const jvm = join(folder, 'config', 'jvm.options')
  // OpenSearch has paths relative to its own folder there, which nobody may write to.
  const text = fs
    .readFileSync(jvm, 'utf8')
    .replaceAll(/(?<=[=:])logs\//g, `${folder}/logs/`)
    .replaceAll(/(?<=HeapDumpPath=)data/g, `${folder}/data`)
    .replaceAll(/(?<=javaagent:)agent\//g, `${home}/agent/`)
  if (product === 'opensearch') fs.writeFileSync(jvm, text)
  return folder
}

const environment = (product: Product, folder: string, java: string): NodeJS.ProcessEnv => {
  const prefix = product === 'elasticsearch' ? 'ES' : 'OPENSEARCH'
  return {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    HOME: folder,
    LANG: 'C.UTF-8',
    HOSTNAME: 'lab',
    [`${prefix}_JAVA_HOME`]: java,
    [`${prefix}_PATH_CONF`]: join(folder, 'config'),
    [`${prefix}_TMPDIR`]: join(folder, 'tmp'),
    [`${prefix}_JAVA_OPTS`]: '-Xms512m -Xmx512m -XX:TieredStopAtLevel=1',
  }
}

/** Users of the file realm; they need no security index, which these distributions cannot make by themselves. */
const addUsers = (home: string, folder: string, env: NodeJS.ProcessEnv): Certificates => {
  const made = makeCertificates(join(folder, 'config', 'certs'))
  fs.appendFileSync(join(folder, 'config', 'roles.yml'), writerRole)
  const roles = [
    [admin, 'superuser'],
    [writer, 'picket_writer'],
  ] as const
  for (const [user, role] of roles) {
    const args = ['useradd', user.name, '-p', user.password, '-r', role]
    execFileSync(join(home, 'bin', 'elasticsearch-users'), args, { env, stdio: ['ignore', 'ignore', 'pipe'] })
  }
  return made
}

const securitySettings = {
  'xpack.security.enabled': 'true',
  'xpack.security.autoconfiguration.enabled': 'false',
  'xpack.security.http.ssl.enabled': 'true',
  'xpack.security.http.ssl.key': 'certs/server.key',
  'xpack.security.http.ssl.certificate': 'certs/server.crt',
  'xpack.security.http.ssl.certificate_authorities': 'certs/ca.crt',
}

/** Everything that was started and not disposed of, for a run that is cut short. */
const groups = new Set<number>()
const folders = new Set<string>()
const killGroup = (pid: number): void => {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // Gone already.
  }
}
process.once('exit', () => {
  for (const pid of groups) killGroup(pid)
  for (const folder of folders) fs.rmSync(folder, { recursive: true, force: true })
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

/** Why this server cannot be started on this machine. */
export const missingForServer = (product: Product, version: string): readonly string[] => {
  const { leastJava } = findDistribution(product, version)
  return findJava(leastJava) === undefined ? [`no Java of version ${leastJava} or later (PICKET_LAB_JAVA_HOME)`] : []
}

/** A real server on free ports with an empty data folder, answering. */
export const startElasticsearch = async (options: StartOptions): Promise<RunningServer> => {
  const { product = 'elasticsearch', version, security = false, clientCertificates = false } = options
  const { address = '127.0.0.1' } = options
  const distribution = findDistribution(product, version)
  const home = options.plugin ? ensureDistributionWithPlugin(distribution) : ensureDistribution(distribution)
  const java = findJava(distribution.leastJava)
  if (java === undefined) throw new Error(`no Java of version ${distribution.leastJava} or later`)
  const folder = prepareFolder(distribution, home)
  const env = environment(product, folder, java)
  const certificates = security ? addUsers(home, folder, env) : undefined
  const client = clientCertificates ? certificates?.client : undefined
  const ca = certificates?.ca
  if (asRoot) execFileSync('chown', ['-R', `${nobody}:${nobody}`, folder])

  const [httpPort, transportPort] = await freePorts(2)
  const url = `${security ? 'https' : 'http'}://${address}:${httpPort}`
  const settings = {
    'path.data': join(folder, 'data'),
    'path.logs': join(folder, 'logs'),
    'http.port': String(httpPort),
    'transport.port': String(transportPort),
    'network.host': '127.0.0.1',
    'http.host': address,
    'discovery.type': 'single-node',
    'cluster.routing.allocation.disk.threshold_enabled': 'false',
    ...(product === 'opensearch' ? {} : security ? securitySettings : { 'xpack.security.enabled': 'false' }),
    ...(clientCertificates ? { 'xpack.security.http.ssl.client_authentication': 'required' } : {}),
    ...options.settings,
  }
  const args = Object.entries(settings).map(([name, value]) => `-E${name}=${value}`)
  const user = security ? `${admin.name}:${admin.password}` : undefined
  const call: RunningServer['call'] = (method, path, body) => callServer(url, method, path, body, { ca, user, client })
  const output = join(folder, 'out.log')
  let child: ChildProcess | undefined

  const start = async (): Promise<void> => {
    const log = fs.openSync(output, 'a')
    const stdio: ['ignore', number, number] = ['ignore', log, log]
    const spawned = spawn(join(home, 'bin', product), args, { env, cwd: folder, stdio, detached: true, ...identity })
    fs.closeSync(log)
    child = spawned
    await once(spawned, 'spawn')
    groups.add(spawned.pid!)
    const answers = async (): Promise<boolean> => {
      if (spawned.exitCode !== null || spawned.signalCode !== null) return true
      return (await call('GET', '/_cluster/health')).status === 200
    }
    await eventually(`${product} ${version} answers`, answers, startDeadlineMs)
    if (spawned.exitCode !== null) {
      const tail = fs.readFileSync(output, 'utf8').slice(-3000)
      throw new Error(`${product} ${version} ended with ${spawned.exitCode}:\n${tail}`)
    }
  }
  const gone = async (): Promise<void> => {
    if (!child) return
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    // The launcher may be gone before the server is.
    killGroup(child.pid!)
    groups.delete(child.pid!)
    child = undefined
  }
  const server: RunningServer = {
    url,
    product,
    version,
    ca,
    client,
    call,
    ask: async <T>(method: string, path: string, body?: unknown): Promise<T> => {
      const { status, text } = await call(method, path, body)
      if (status < 200 || status > 299) throw new Error(`${method} ${path}: ${status} ${text.slice(0, 1000)}`)
      return JSON.parse(text) as T
    },
    start,
    stop: async () => {
      child?.kill('SIGTERM')
      await gone()
    },
    kill: async () => {
      if (child) killGroup(child.pid!)
      await gone()
    },
    stopAndStart: async () => {
      await server.stop()
      await start()
    },
    freeze: () => void process.kill(-child!.pid!, 'SIGSTOP'),
    thaw: () => void process.kill(-child!.pid!, 'SIGCONT'),
    dispose: async () => {
      await server.kill()
      fs.rmSync(folder, { recursive: true, force: true })
      folders.delete(folder)
    },
  }
  try {
    await start()
  } catch (error) {
    await server.dispose()
    throw error
  }
  return server
}
