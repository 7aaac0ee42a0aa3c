import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Cluster } from '../kubernetes/cluster.ts'
import { createComponent } from '../kubernetes/component.ts'
import { NAMESPACE } from '../kubernetes-controller/under-test.ts'

const LAUNCHER = join(import.meta.dirname, '../../../bin/picket-controller.mjs')

/** In guard mode, at an address that Prometheus knows. Nobody else makes pods of DaemonSets here. */
export const startController = async (
  context: TestContext,
  cluster: Cluster,
  kubeconfig: string,
  port: number,
): Promise<void> => {
  const address = `127.0.0.1:${port}`
  const flags = [`--kubeconfig=${kubeconfig}`, `--listen=${address}`, `--lease-namespace=${NAMESPACE}`]
  const component = createComponent({
    name: 'controller',
    command: () => [process.execPath, LAUNCHER, ...flags, '--takeover-after=5s', '--metrics-per-node'],
    logFile: join(cluster.folder, 'controller.log'),
    ready: async () => {
      const response = await fetch(`http://${address}/readyz`)
      return ((await response.json()) as { stage: string }).stage === 'leading'
    },
  })
  await component.start()
  context.after(() => component.stop())
}
