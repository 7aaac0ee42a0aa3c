import fs from 'node:fs'
import { join } from 'node:path'

export interface Limits {
  readonly qps: number
  readonly burst: number
}

export interface Ports {
  readonly etcd: number
  readonly etcdPeer: number
  readonly apiServer: number
  readonly controllerManager: number
  readonly scheduler: number
}

/** Files of one cluster, in its folder. */
export const clusterFiles = (folder: string) =>
  ({
    certificates: join(folder, 'certs'),
    /** The API server makes it at its first start, with the authority that signed it. */
    authority: join(folder, 'certs', 'apiserver.crt'),
    tokens: join(folder, 'tokens.csv'),
    serviceAccountKey: join(folder, 'sa.key'),
    serviceAccountPublicKey: join(folder, 'sa.pub'),
    auditPolicy: join(folder, 'audit-policy.json'),
    auditLog: join(folder, 'audit.log'),
  }) as const

const loopback = (port: number): string => `http://127.0.0.1:${port}`

export const etcdArguments = (folder: string, { etcd, etcdPeer }: Ports): string[] => [
  '--name=n0',
  `--data-dir=${join(folder, 'etcd')}`,
  '--unsafe-no-fsync',
  `--listen-client-urls=${loopback(etcd)}`,
  `--advertise-client-urls=${loopback(etcd)}`,
  `--listen-peer-urls=${loopback(etcdPeer)}`,
  `--initial-advertise-peer-urls=${loopback(etcdPeer)}`,
  `--initial-cluster=n0=${loopback(etcdPeer)}`,
  `--quota-backend-bytes=${8 * 1024 ** 3}`,
  '--log-level=warn',
]

export interface ApiServerOptions {
  readonly disabledAdmission: readonly string[]
  /** Every write and every request of service accounts goes to the audit log. */
  readonly audit: boolean
}

export const apiServerArguments = (folder: string, ports: Ports, options: ApiServerOptions): string[] => {
  const files = clusterFiles(folder)
  return [
    `--etcd-servers=${loopback(ports.etcd)}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${ports.apiServer}`,
    `--cert-dir=${files.certificates}`,
    `--token-auth-file=${files.tokens}`,
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    `--service-account-key-file=${files.serviceAccountPublicKey}`,
    `--service-account-signing-key-file=${files.serviceAccountKey}`,
    '--service-cluster-ip-range=10.199.8.0/24',
    '--endpoint-reconciler-type=none',
    '--authorization-mode=Node,RBAC',
    '--allow-privileged=true',
    ...options.disabledAdmission.map((name) => `--disable-admission-plugins=${name}`),
    ...(options.audit ? [`--audit-policy-file=${files.auditPolicy}`, `--audit-log-path=${files.auditLog}`] : []),
    '--profiling=false',
    '--shutdown-delay-duration=0s',
  ]
}

const managed = (kubeconfig: string, port: number, { qps, burst }: Limits): string[] => [
  `--kubeconfig=${kubeconfig}`,
  '--bind-address=127.0.0.1',
  `--secure-port=${port}`,
  '--authorization-always-allow-paths=/healthz,/readyz,/livez,/metrics',
  `--kube-api-qps=${qps}`,
  `--kube-api-burst=${burst}`,
]

/** `controllers`: which run, as `*,-daemonset-controller`. Each has an account, rights and limits of its own. */
export const controllerManagerArguments = (
  folder: string,
  kubeconfig: string,
  port: number,
  controllers: string,
  limits: Limits,
): string[] => [
  ...managed(kubeconfig, port, limits),
  `--controllers=${controllers}`,
  `--service-account-private-key-file=${clusterFiles(folder).serviceAccountKey}`,
  `--root-ca-file=${clusterFiles(folder).authority}`,
  '--use-service-account-credentials=true',
  // Nobody renews the nodes' leases here: whether a node is Ready is what a test says.
  '--node-monitor-grace-period=1h',
  '--node-startup-grace-period=1h',
  '--concurrent-gc-syncs=20',
  '--concurrent-namespace-syncs=10',
]

export const schedulerArguments = (kubeconfig: string, port: number, limits: Limits): string[] => [
  ...managed(kubeconfig, port, limits),
  '--leader-elect=false',
]

export const kwokArguments = (kubeconfig: string): string[] => [
  `--kubeconfig=${kubeconfig}`,
  '--manage-all-nodes=true',
  // A lease of 5,000 nodes is 500 writes a second.
  '--node-lease-duration-seconds=0',
  '--cidr=10.198.0.0/16',
  '--node-ip=127.0.0.1',
  '--node-name=kwok-controller',
  '--node-port=0',
  '--server-address=',
  ...fs.globSync(join(import.meta.dirname, 'stages', '*.yaml')).map((file) => `--config=${file}`),
]
