import fs from 'node:fs'

const DOCS = new URL('../../docs/controller.md', import.meta.url)

export interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
}

interface Row {
  readonly purpose: string
  readonly local: boolean
  readonly rules: readonly Rule[]
}

/** `daemonsets.apps/status` is the resource daemonsets/status of the group apps. */
const splitResource = (text: string): { apiGroups: string[]; resources: string[] } => {
  const [, name = '', group = '', subresource = ''] = /^([a-z]+)(?:\.([a-z0-9.]+))?(\/[a-z]+)?$/.exec(text) ?? []
  return { apiGroups: [group], resources: [`${name}${subresource}`] }
}

/** One DaemonSets' namespace or all of them: the controller's `--namespace`. */
export type Scope = 'release' | 'cluster'

/** A row of the table `| for | resource | verbs | why |`; one that speaks of a namespace is for the one of the lease alone, [1] for the DaemonSets'. */
const readRow = (row: string, scope: Scope): Row => {
  const [, purpose = '', resources = '', verbs = ''] = row.split('|').map((cell) => cell.trim())
  const rules = resources.split(', ').map((one) => ({ ...splitResource(one), verbs: verbs.split(', ') }))
  return { purpose, local: /\bnamespace\b/.test(row) || (scope === 'release' && row.includes('[1]')), rules }
}

export interface Rights {
  readonly cluster: readonly Rule[]
  /** In the namespace of the lease, which is the release's. */
  readonly local: readonly Rule[]
}

/** What docs/controller.md asks for, for these purposes: both, guard, primary, rollouts, taint, cleanup. */
export const documentedRights = (purposes: readonly string[], scope: Scope = 'cluster'): Rights => {
  const table = /\| for \| resource \| verbs \| why \|\n\|[-|]+\n((?:\|.*\n)+)/.exec(fs.readFileSync(DOCS, 'utf8'))
  if (!table?.[1]) throw new Error(`no table of rights in ${DOCS.pathname}`)
  const rows = table[1]
    .trim()
    .split('\n')
    .map((row) => readRow(row, scope))
    .filter(({ purpose }) => purposes.includes(purpose))
  const rulesOf = (local: boolean): Rule[] => rows.filter((row) => row.local === local).flatMap((row) => row.rules)
  return { cluster: rulesOf(false), local: rulesOf(true) }
}
