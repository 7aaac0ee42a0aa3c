import fs from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import type { Cluster } from '../kubernetes/cluster.ts'
import { ACCOUNT, NAMESPACE } from './under-test.ts'

const DOCS = join(import.meta.dirname, '../../../docs/controller.md')
const RBAC = '/apis/rbac.authorization.k8s.io/v1'

interface Role {
  readonly kind: 'ClusterRole' | 'Role'
  readonly metadata: { readonly name: string; readonly namespace?: string }
  readonly rules: readonly {
    readonly apiGroups?: readonly string[]
    readonly resources?: readonly string[]
    readonly verbs: readonly string[]
  }[]
}

/** Until docs/controller.md has them. */
const fallback: readonly Role[] = [
  {
    kind: 'ClusterRole',
    metadata: { name: 'picket-controller' },
    rules: [
      { apiGroups: ['apps'], resources: ['daemonsets'], verbs: ['get', 'list', 'watch', 'create', 'delete', 'patch'] },
      { apiGroups: ['apps'], resources: ['daemonsets/status'], verbs: ['update', 'patch'] },
      { apiGroups: ['apps'], resources: ['daemonsets/finalizers'], verbs: ['update'] },
      {
        apiGroups: ['apps'],
        resources: ['controllerrevisions'],
        verbs: ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'],
      },
      { apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list', 'watch', 'patch'] },
      { apiGroups: [''], resources: ['namespaces'], verbs: ['get', 'list', 'watch'] },
      { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch', 'create', 'patch', 'delete'] },
      {
        apiGroups: ['', 'events.k8s.io'],
        resources: ['events'],
        verbs: ['create', 'patch', 'update', 'list', 'watch'],
      },
      { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['get', 'create', 'update', 'patch'] },
    ],
  },
]

/** The roles that the documentation asks for, taken from it. */
const documented = (): readonly Role[] => {
  if (!fs.existsSync(DOCS)) return fallback
  const blocks = [...fs.readFileSync(DOCS, 'utf8').matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, yaml = '']) => yaml)
  const documents = blocks.flatMap((yaml) => [...parseAllDocuments(yaml)]).map((one) => one.toJS() as Role)
  return documents.filter(({ kind }) => kind === 'ClusterRole' || kind === 'Role')
}

const grant = async (cluster: Cluster, role: Role): Promise<void> => {
  const scope = role.kind === 'Role' ? `/namespaces/${NAMESPACE}` : ''
  const [roles, bindings] = role.kind === 'Role' ? ['roles', 'rolebindings'] : ['clusterroles', 'clusterrolebindings']
  const metadata = { name: role.metadata.name }
  const api = { apiVersion: 'rbac.authorization.k8s.io/v1' }
  await cluster.ask('POST', `${RBAC}${scope}/${roles}`, { ...api, kind: role.kind, metadata, rules: role.rules })
  await cluster.ask('POST', `${RBAC}${scope}/${bindings}`, {
    ...api,
    kind: `${role.kind}Binding`,
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: role.kind, name: role.metadata.name },
    subjects: [{ kind: 'ServiceAccount', namespace: NAMESPACE, name: ACCOUNT }],
  })
}

/** Namespace, ServiceAccount with the documented rights, and a kubeconfig with its token. */
export const createControllerAccount = async (cluster: Cluster): Promise<string> => {
  await cluster.ask('POST', '/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: NAMESPACE },
  })
  const accounts = `/api/v1/namespaces/${NAMESPACE}/serviceaccounts`
  await cluster.ask('POST', accounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: ACCOUNT } })
  for (const role of documented()) await grant(cluster, role)
  return cluster.kubeconfig('picket-controller', await controllerToken(cluster))
}

export const controllerToken = async (cluster: Cluster): Promise<string> => {
  const { status } = await cluster.ask<{ status: { token: string } }>(
    'POST',
    `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/${ACCOUNT}/token`,
    { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 7200 } },
  )
  return status.token
}

/** Takes one verb on one resource away, and returns how it is given back. */
export const denyVerb = async (cluster: Cluster, resource: string, verb: string): Promise<() => Promise<void>> => {
  const roles = documented().filter(({ kind }) => kind === 'ClusterRole')
  const write = async (rulesOf: (role: Role) => Role['rules']): Promise<void> => {
    for (const role of roles)
      await cluster.merge(`${RBAC}/clusterroles/${role.metadata.name}`, { rules: rulesOf(role) })
  }
  const without = ({ rules }: Role): Role['rules'] =>
    rules
      .map((rule) =>
        rule.resources?.includes(resource) ? { ...rule, verbs: rule.verbs.filter((one) => one !== verb) } : rule,
      )
      .filter(({ verbs }) => verbs.length > 0)
  await write(without)
  return () => write(({ rules }) => rules)
}
