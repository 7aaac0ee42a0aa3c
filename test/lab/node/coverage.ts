import { eventually } from '../../support/eventually.ts'
import type { NodeLab } from './lab.ts'
import { DAEMON_SET, RELEASE_NAMESPACE } from './release.ts'

/** What `picket-controller coverage` says of a node. */
export interface Covered {
  readonly state: string
  readonly reason: string | null
  readonly detail: string
  readonly pod: string | null
}

interface Report {
  readonly daemonSets: readonly {
    readonly name: string
    readonly nodes: readonly (Covered & { readonly node: string })[]
  }[]
}

/** By node, of the release's DaemonSet. */
export const coverage = async ({ programs }: NodeLab): Promise<Readonly<Record<string, Covered>>> => {
  const { code, stdout, stderr } = await programs.controller(
    'coverage',
    DAEMON_SET,
    `--namespace=${RELEASE_NAMESPACE}`,
    '--output=json',
  )
  if (code > 1) throw new Error(stderr)
  const nodes = (JSON.parse(stdout) as Report).daemonSets.flatMap((one) => one.nodes)
  return Object.fromEntries(nodes.map(({ node, state, reason, detail, pod }) => [node, { state, reason, detail, pod }]))
}

const DEADLINE_MS = 60_000

/** Waits until it says so of a node: `covered`, or the reason why it is not. */
export const coverageSays = (lab: NodeLab, node: string, word: string): Promise<Covered> =>
  eventually(
    `coverage of ${node}: ${word}`,
    async () => {
      const one = (await coverage(lab))[node]
      if (one?.state === word || one?.reason === word) return one
      throw new Error(JSON.stringify(one))
    },
    DEADLINE_MS,
  )

export const allCovered = async (lab: NodeLab): Promise<void> => {
  for (const { name } of lab.nodes) await coverageSays(lab, name, 'covered')
}
