import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { parseAllDocuments } from 'yaml'
import { CHART } from '../../support/chart-monitoring.ts'
import { ensureBuilt, helm, kubernetes } from '../kubernetes/build.ts'
import type { Cluster } from '../kubernetes/cluster.ts'
import { tokens } from '../kubernetes/credentials.ts'
import { NAMESPACE } from '../kubernetes-controller/under-test.ts'

export interface KubeObject {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> }
}

/** What `helm install picket` would make in a cluster that has these kinds of the operator's. */
export const render = async (operatorKinds: readonly string[], ...sets: string[]): Promise<readonly KubeObject[]> => {
  const args = ['template', 'picket', CHART, '--namespace', NAMESPACE]
  for (const kind of operatorKinds) args.push('--api-versions', `monitoring.coreos.com/v1/${kind}`)
  for (const set of sets) args.push('--set', set)
  const { stdout } = await promisify(execFile)(join(ensureBuilt(helm), 'helm'), args, { maxBuffer: 16 * 1024 ** 2 })
  return parseAllDocuments(stdout)
    .map((document) => document.toJS() as KubeObject | null)
    .filter((object) => object !== null)
}

/** Those that are there while the release is: hooks come and go. */
export const standing = (objects: readonly KubeObject[]): readonly KubeObject[] =>
  objects.filter(({ metadata }) => metadata.annotations?.['helm.sh/hook'] === undefined)

/** As an administrator; the objects are kubectl's standard input. Throws its words where it fails. */
export const kubectl = async (cluster: Cluster, args: readonly string[], objects: readonly object[] = []) => {
  const config = cluster.kubeconfig('admin', tokens.admin)
  const running = promisify(execFile)(join(ensureBuilt(kubernetes), 'kubectl'), [`--kubeconfig=${config}`, ...args])
  running.child.stdin?.end(objects.map((object) => JSON.stringify(object)).join('\n---\n'))
  return running
}
