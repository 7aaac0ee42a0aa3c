import { LEASE_NAME } from '../lead/lease-name.ts'
import { STARTUP_TAINT_KEY } from '../taint/startup-taint-key.ts'

/** Every flag of the controller, said once: the parser and --help are made of it. */
export interface FlagSpec {
  /** What stands for its value in the help; undefined: it is on where it is named, off with `=false`. */
  readonly value?: string
  /** As it would be written; '' where there is none. */
  readonly byDefault: string
  readonly about: string
}

export const FLAGS = {
  mode: {
    value: 'guard|primary',
    byDefault: 'guard',
    about: 'primary: it is the DaemonSet controller, in place of the built-in one. guard: it watches over that one',
  },
  'takeover-after': {
    value: 'TIME',
    byDefault: '30s',
    about: 'guard: how long an eligible node may be without a pod before one is made for it; 5s to 1h',
  },
  namespace: { value: 'NAME', byDefault: '', about: 'only DaemonSets of this namespace; default: all' },
  selector: { value: 'LABELS', byDefault: '', about: 'only DaemonSets with such labels, as kubectl -l; default: all' },
  kubeconfig: {
    value: 'FILE',
    byDefault: '',
    about: 'default: KUBECONFIG, ~/.kube/config, then the service account of the pod',
  },
  context: { value: 'NAME', byDefault: '', about: 'of the kubeconfig; default: its current one' },
  'leader-elect': {
    byDefault: 'true',
    about: 'work only while holding the lease; without it, run one controller alone',
  },
  'lease-name': { value: 'NAME', byDefault: LEASE_NAME, about: 'of the Lease that candidates compete for' },
  'lease-namespace': {
    value: 'NAME',
    byDefault: '',
    about: 'where the Lease is, and the probe; default: the namespace of the pod or of the context',
  },
  'lease-duration': { value: 'TIME', byDefault: '15s', about: 'how long others wait for a leader that does not renew' },
  'renew-deadline': { value: 'TIME', byDefault: '10s', about: 'a leader that could not renew for so long ends' },
  'retry-period': { value: 'TIME', byDefault: '2s', about: 'between two tries to get or renew the lease' },
  probe: {
    value: 'TIME',
    byDefault: '10s',
    about: 'primary: how long another DaemonSet controller is looked for before work begins; off: not at all',
  },
  'read-agents': {
    byDefault: 'true',
    about:
      'read the metrics of agents whose template has prometheus.io/scrape and prometheus.io/port, for rollouts and coverage',
  },
  'agent-token-file': { value: 'FILE', byDefault: '', about: 'a bearer token that is sent to agents' },
  'agent-ca-file': { value: 'FILE', byDefault: '', about: 'PEM of who may sign the certificates of agents' },
  'agent-insecure': { byDefault: 'false', about: 'agents with https: their certificates are not checked' },
  'startup-taint-for': {
    value: 'NAMESPACE/NAME,…',
    byDefault: '',
    about:
      'DaemonSets that nodes wait for: the startup taint goes once their pods are Ready; default: none, taints are left alone',
  },
  'startup-taint': {
    value: 'bootstrap|continuous',
    byDefault: 'bootstrap',
    about: 'bootstrap: taken off once in a node’s life. continuous: put back while no agent is Ready',
  },
  'startup-taint-key': { value: 'KEY', byDefault: STARTUP_TAINT_KEY, about: 'of that taint' },
  listen: { value: 'ADDRESS', byDefault: ':9466', about: 'for /metrics, /healthz and /readyz; off: nowhere' },
  'metrics-per-node': {
    byDefault: 'false',
    about: 'a series for every node that is not covered: which, why, how long',
  },
  'kube-api-qps': { value: 'NUMBER', byDefault: '20', about: 'requests a second to the API server, in the long run' },
  'kube-api-burst': { value: 'NUMBER', byDefault: '30', about: 'requests at once' },
  workers: { value: 'NUMBER', byDefault: '2', about: 'DaemonSets that are worked on at a time' },
  'dry-run': { byDefault: 'false', about: 'log every decision and do nothing: no lease, no probe, no writes' },
  'log-level': { value: 'debug|info|warn|error', byDefault: 'info', about: 'how much is said on the standard error' },
  help: { byDefault: 'false', about: 'this text' },
  version: { byDefault: 'false', about: 'print the version' },
} as const satisfies Readonly<Record<string, FlagSpec>>

export type FlagName = keyof typeof FLAGS
