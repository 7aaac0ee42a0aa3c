import { type ChildProcess, spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import fs from 'node:fs'
import https from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from '../../support/eventually.ts'
import { freePorts } from '../elasticsearch/free-ports.ts'
import { apiServer, ensureProgram, etcd } from './build.ts'

export interface Called {
  readonly status: number
  readonly body: unknown
}

/** A real API server over a real etcd, and nothing else: no scheduler, no kubelet; pods are what the test says they are. */
export interface ControlPlane {
  readonly port: number
  /** PEM file of the authority that signed the server's certificate. */
  readonly caFile: string
  /** A request as cluster-admin; throws unless it succeeded. */
  ask(method: string, path: string, body?: unknown, contentType?: string): Promise<unknown>
  /** SIGKILL (a polite end waits a minute for open watches) and start of the API server: its watch caches begin anew. */
  restartApiServer(): Promise<void>
  /** SIGSTOP and SIGCONT: it accepts connections and says nothing. */
  pauseApiServer(): void
  resumeApiServer(): void
  dispose(): Promise<void>
}

/** Users by static token; `picket` has no rights but those that the test gives. */
export const tokens = { admin: 'lab-admin-token', picket: 'lab-picket-token' } as const

const startDeadlineMs = 120_000

/** What was started and not ended, for a run that is cut short. */
const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

const launch = (program: string, args: readonly string[], log: string): ChildProcess => {
  const output = fs.openSync(log, 'a')
  const child = spawn(program, args, { stdio: ['ignore', output, output] })
  fs.closeSync(output)
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

const end = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

const writeKeys = (folder: string): void => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  fs.writeFileSync(join(folder, 'sa.key'), privateKey, { mode: 0o600 })
  fs.writeFileSync(join(folder, 'sa.pub'), publicKey)
  fs.writeFileSync(
    join(folder, 'tokens.csv'),
    `${tokens.admin},admin,1,"system:masters"\n${tokens.picket},picket,2\n`,
    { mode: 0o600 },
  )
}

const etcdArguments = (folder: string, client: number, peer: number): string[] => [
  '--name=n0',
  `--data-dir=${join(folder, 'etcd')}`,
  '--unsafe-no-fsync',
  `--listen-client-urls=http://127.0.0.1:${client}`,
  `--advertise-client-urls=http://127.0.0.1:${client}`,
  `--listen-peer-urls=http://127.0.0.1:${peer}`,
  `--initial-advertise-peer-urls=http://127.0.0.1:${peer}`,
  `--initial-cluster=n0=http://127.0.0.1:${peer}`,
  '--log-level=warn',
]

const apiServerArguments = (folder: string, etcdPort: number, port: number): string[] => [
  `--etcd-servers=http://127.0.0.1:${etcdPort}`,
  '--bind-address=127.0.0.1',
  '--advertise-address=127.0.0.1',
  `--secure-port=${port}`,
  `--cert-dir=${join(folder, 'certs')}`,
  `--token-auth-file=${join(folder, 'tokens.csv')}`,
  '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
  `--service-account-key-file=${join(folder, 'sa.pub')}`,
  `--service-account-signing-key-file=${join(folder, 'sa.key')}`,
  '--service-cluster-ip-range=10.199.8.0/24',
  '--endpoint-reconciler-type=none',
  '--authorization-mode=RBAC',
  // Nobody makes service accounts or taints nodes here.
  '--disable-admission-plugins=ServiceAccount,TaintNodesByCondition',
  '--profiling=false',
  '--shutdown-delay-duration=0s',
]

export const startControlPlane = async (): Promise<ControlPlane> => {
  const programs = { etcd: ensureProgram(etcd), apiServer: ensureProgram(apiServer) }
  const folder = fs.mkdtempSync(join(tmpdir(), 'picket-lab-kubernetes-'))
  writeKeys(folder)
  const [clientPort = 0, peerPort = 0, port = 0] = await freePorts(3)
  const caFile = join(folder, 'certs', 'apiserver.crt')
  const log = join(folder, 'output.log')
  const children: { etcd?: ChildProcess; apiServer?: ChildProcess } = {}

  const call = async (
    method: string,
    path: string,
    body?: unknown,
    contentType = 'application/json',
  ): Promise<Called> => {
    const headers = { authorization: `Bearer ${tokens.admin}`, 'content-type': contentType }
    const request = https.request({
      host: '127.0.0.1',
      port,
      method,
      path,
      headers,
      ca: fs.readFileSync(caFile),
      agent: false,
    })
    request.end(body === undefined ? undefined : JSON.stringify(body))
    const [response] = await once(request, 'response')
    const pieces: Buffer[] = []
    for await (const piece of response) pieces.push(piece)
    const text = Buffer.concat(pieces).toString('utf8')
    return { status: response.statusCode, body: text.startsWith('{') ? JSON.parse(text) : text }
  }

  const startApiServer = async (): Promise<void> => {
    const child = launch(programs.apiServer, apiServerArguments(folder, clientPort, port), log)
    children.apiServer = child
    const ready = async (): Promise<boolean> => {
      if (child.exitCode !== null) return true
      return (await call('GET', '/readyz')).status === 200
    }
    await eventually('the API server is ready', ready, startDeadlineMs)
    if (child.exitCode !== null)
      throw new Error(`the API server ended with ${child.exitCode}:\n${fs.readFileSync(log, 'utf8').slice(-3000)}`)
    await eventually(
      'the default namespace is there',
      async () => (await call('GET', '/api/v1/namespaces/default')).status === 200,
    )
  }

  const dispose = async (): Promise<void> => {
    if (children.apiServer) await end(children.apiServer)
    if (children.etcd) await end(children.etcd)
    fs.rmSync(folder, { recursive: true, force: true })
  }

  try {
    children.etcd = launch(programs.etcd, etcdArguments(folder, clientPort, peerPort), log)
    await startApiServer()
  } catch (error) {
    await dispose()
    throw error
  }

  return {
    port,
    caFile,
    ask: async (method, path, body, contentType) => {
      const { status, body: answer } = await call(method, path, body, contentType)
      if (status < 200 || status > 299)
        throw new Error(`${method} ${path}: ${status} ${JSON.stringify(answer).slice(0, 1000)}`)
      return answer
    },
    restartApiServer: async () => {
      await end(children.apiServer as ChildProcess)
      await startApiServer()
    },
    pauseApiServer: () => void children.apiServer?.kill('SIGSTOP'),
    resumeApiServer: () => void children.apiServer?.kill('SIGCONT'),
    dispose,
  }
}
