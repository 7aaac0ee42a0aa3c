import { documentedRights, type Rule } from '../../support/documented-rights.ts'
import type { Cluster } from '../kubernetes/cluster.ts'
import { accountOf, NAMESPACE } from './under-test.ts'

const RBAC = '/apis/rbac.authorization.k8s.io/v1'

interface Role {
  readonly kind: 'ClusterRole' | 'Role'
  readonly metadata: { readonly name: string }
  readonly rules: readonly Rule[]
}

export type Mode = 'primary' | 'guard'
/** Who asks the API server: a controller, or the command that takes away what it left. */
export type Account = Mode | 'cleanup'

/** The rights that the documentation asks for, taken from it, with those of all options. */
const documented = (mode: Account): readonly Role[] => {
  const { cluster, local } = documentedRights(mode === 'cleanup' ? [mode] : ['both', mode, 'rollouts', 'taint'])
  const metadata = { name: accountOf(mode) }
  return [
    { kind: 'ClusterRole', metadata, rules: cluster },
    { kind: 'Role', metadata, rules: local },
  ]
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
    subjects: [{ kind: 'ServiceAccount', namespace: NAMESPACE, name: role.metadata.name }],
  })
}

/** Where the controllers' accounts and leases are. */
export const createControllerNamespace = (cluster: Cluster): Promise<unknown> =>
  cluster.ask('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } })

/** ServiceAccount with the documented rights, and a kubeconfig with its token. */
export const createControllerAccount = async (cluster: Cluster, mode: Account): Promise<string> => {
  await cluster.ask('POST', `/api/v1/namespaces/${NAMESPACE}/serviceaccounts`, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: accountOf(mode) },
  })
  for (const role of documented(mode)) await grant(cluster, role)
  return cluster.kubeconfig(accountOf(mode), await controllerToken(cluster, mode))
}

export const controllerToken = async (cluster: Cluster, mode: Account): Promise<string> => {
  const { status } = await cluster.ask<{ status: { token: string } }>(
    'POST',
    `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/${accountOf(mode)}/token`,
    { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 7200 } },
  )
  return status.token
}

/** Takes one verb on one resource away, and returns how it is given back. */
export const denyVerb = async (cluster: Cluster, resource: string, verb: string): Promise<() => Promise<void>> => {
  const roles = documented('primary').filter(({ kind }) => kind === 'ClusterRole')
  const write = async (rulesOf: (role: Role) => Role['rules']): Promise<void> => {
    for (const role of roles)
      await cluster.merge(`${RBAC}/clusterroles/${role.metadata.name}`, { rules: rulesOf(role) })
  }
  const without = ({ rules }: Role): Role['rules'] =>
    rules
      .map((rule) =>
        rule.resources.includes(resource) ? { ...rule, verbs: rule.verbs.filter((one) => one !== verb) } : rule,
      )
      .filter(({ verbs }) => verbs.length > 0)
  await write(without)
  return () => write(({ rules }) => rules)
}
