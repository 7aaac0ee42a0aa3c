import fs from 'node:fs'
import { join } from 'node:path'
import type { Cluster } from '../kubernetes/cluster.ts'
import { accountOf, NAMESPACE } from './under-test.ts'

const DOCS = join(import.meta.dirname, '../../../docs/controller.md')
const RBAC = '/apis/rbac.authorization.k8s.io/v1'

interface Role {
  readonly kind: 'ClusterRole' | 'Role'
  readonly metadata: { readonly name: string }
  readonly rules: readonly { readonly apiGroups: string[]; readonly resources: string[]; readonly verbs: string[] }[]
}

/** `daemonsets.apps/status` is the resource daemonsets/status of the group apps. */
const splitResource = (text: string): { apiGroups: string[]; resources: string[] } => {
  const [, name = '', group = '', subresource = ''] = /^([a-z]+)(?:\.([a-z0-9.]+))?(\/[a-z]+)?$/.exec(text) ?? []
  return { apiGroups: [group], resources: [`${name}${subresource}`] }
}

/** A row of the table `| for | resource | verbs | why |`; one that speaks of a namespace is for the one of the lease alone. */
const readRow = (row: string): { readonly purpose: string; readonly local: boolean; readonly rules: Role['rules'] } => {
  const [, purpose = '', resources = '', verbs = ''] = row.split('|').map((cell) => cell.trim())
  const rules = resources.split(', ').map((one) => ({ ...splitResource(one), verbs: verbs.split(', ') }))
  return { purpose, local: /\bnamespace\b/.test(row), rules }
}

export type Mode = 'primary' | 'guard'

/** The rights that the documentation asks for, taken from it, with those of all options. */
const documented = (mode: Mode): readonly Role[] => {
  const table = /\| for \| resource \| verbs \| why \|\n\|[-|]+\n((?:\|.*\n)+)/.exec(fs.readFileSync(DOCS, 'utf8'))
  if (!table?.[1]) throw new Error(`no table of rights in ${DOCS}`)
  const purposes = ['both', mode, 'rollouts', 'taint']
  const rows = table[1]
    .trim()
    .split('\n')
    .map(readRow)
    .filter(({ purpose }) => purposes.includes(purpose))
  const rulesOf = (local: boolean): Role['rules'] =>
    rows.filter((row) => row.local === local).flatMap((row) => row.rules)
  const metadata = { name: accountOf(mode) }
  return [
    { kind: 'ClusterRole', metadata, rules: rulesOf(false) },
    { kind: 'Role', metadata, rules: rulesOf(true) },
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
export const createControllerAccount = async (cluster: Cluster, mode: Mode): Promise<string> => {
  await cluster.ask('POST', `/api/v1/namespaces/${NAMESPACE}/serviceaccounts`, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: accountOf(mode) },
  })
  for (const role of documented(mode)) await grant(cluster, role)
  return cluster.kubeconfig(accountOf(mode), await controllerToken(cluster, mode))
}

export const controllerToken = async (cluster: Cluster, mode: Mode): Promise<string> => {
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
