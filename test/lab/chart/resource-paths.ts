import type { KubeObject } from './helm.ts'

/** Plural names of what the chart makes; cluster-wide kinds begin with a slash. */
const RESOURCES: Readonly<Record<string, string>> = {
  ConfigMap: 'configmaps',
  Service: 'services',
  ServiceAccount: 'serviceaccounts',
  Pod: 'pods',
  DaemonSet: 'daemonsets',
  Deployment: 'deployments',
  Job: 'jobs',
  PodDisruptionBudget: 'poddisruptionbudgets',
  NetworkPolicy: 'networkpolicies',
  Role: 'roles',
  RoleBinding: 'rolebindings',
  ClusterRole: '/clusterroles',
  ClusterRoleBinding: '/clusterrolebindings',
  PriorityClass: '/priorityclasses',
  PodMonitor: 'podmonitors',
  ServiceMonitor: 'servicemonitors',
  PrometheusRule: 'prometheusrules',
}

/** Of the kind's collection, in a namespace where it is not the cluster's. */
export const collectionPath = ({ apiVersion, kind, metadata }: KubeObject): string => {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  const resource = RESOURCES[kind]
  if (resource === undefined) throw new Error(`the chart makes a ${kind}: add it to resource-paths.ts`)
  return resource.startsWith('/') ? `${root}${resource}` : `${root}/namespaces/${metadata.namespace}/${resource}`
}

const OPERATOR = ['PodMonitor', 'ServiceMonitor', 'PrometheusRule']

/** As Helm names what a cluster has. */
export const operatorKinds: readonly string[] = [
  'monitoring.coreos.com/v1',
  ...OPERATOR.map((kind) => `monitoring.coreos.com/v1/${kind}`),
]

/** The Prometheus operator's kinds as far as an API server needs to know of them; the suite `monitoring` has the real ones. */
export const monitoringDefinitions = OPERATOR.map((kind) => {
  const plural = RESOURCES[kind] ?? ''
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } }
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.monitoring.coreos.com` },
    spec: {
      group: 'monitoring.coreos.com',
      scope: 'Namespaced',
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  }
})
