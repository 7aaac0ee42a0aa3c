import fs from 'node:fs'
import { join } from 'node:path'
import type { KubeletClient } from './kubelet-client.ts'

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

/** What Services have their addresses of. */
export const SERVICES = '10.199.8.0/24'

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
  /** The address that it listens on. */
  readonly host: string
  /** kubelets of real nodes come: pods reach the server by the Service `kubernetes`, and it reaches kubelets with this certificate. */
  readonly kubeletClient: KubeletClient | undefined
  readonly disabledAdmission: readonly string[]
  /** Every write and every request of service accounts goes to the audit log. */
  readonly audit: boolean
}

const kubeletArguments = (client: ApiServerOptions['kubeletClient']): string[] =>
  client === undefined
    ? ['--endpoint-reconciler-type=none']
    : [
        '--endpoint-reconciler-type=lease',
        `--kubelet-client-certificate=${client.certificate}`,
        `--kubelet-client-key=${client.key}`,
        '--kubelet-preferred-address-types=InternalIP',
        // The second is OpenShift's default: who sets an owner reference that blocks must be allowed to.
        '--enable-admission-plugins=NodeRestriction,OwnerReferencesPermissionEnforcement',
      ]

export const apiServerArguments = (folder: string, ports: Ports, options: ApiServerOptions): string[] => {
  const files = clusterFiles(folder)
  return [
    `--etcd-servers=${loopback(ports.etcd)}`,
    `--bind-address=${options.host}`,
    `--advertise-address=${options.host}`,
    `--secure-port=${ports.apiServer}`,
    `--cert-dir=${files.certificates}`,
    `--token-auth-file=${files.tokens}`,
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    `--service-account-key-file=${files.serviceAccountPublicKey}`,
    `--service-account-signing-key-file=${files.serviceAccountKey}`,
    `--service-cluster-ip-range=${SERVICES}`,
    ...kubeletArguments(options.kubeletClient),
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

export interface ManagerOptions {
  readonly limits: Limits
  /** How long a node may say nothing before it counts as lost, and a new one before its first word. */
  readonly graces: { readonly silent: string; readonly starting: string }
}

/** `controllers`: which run, as `*,-daemonset-controller`. Each has an account, rights and limits of its own. */
export const controllerManagerArguments = (
  folder: string,
  kubeconfig: string,
  port: number,
  controllers: string,
  { limits, graces }: ManagerOptions,
): string[] => [
  ...managed(kubeconfig, port, limits),
  `--controllers=${controllers}`,
  `--service-account-private-key-file=${clusterFiles(folder).serviceAccountKey}`,
  `--root-ca-file=${clusterFiles(folder).authority}`,
  '--use-service-account-credentials=true',
  `--node-monitor-grace-period=${graces.silent}`,
  `--node-startup-grace-period=${graces.starting}`,
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
