import type { TestContext } from 'node:test'
import { agentOn } from './agents.ts'
import type { NodeLab } from './lab.ts'
import { kubectl } from './release.ts'

const AUDIT = ['node', '/picket/bin/picket.mjs', 'audit', '--config', '/etc/picket/picket.yaml']

/** After all that has happened: the store itself says of every log that each byte of it is there, once. */
export const auditCheck = async (context: TestContext, lab: NodeLab): Promise<void> => {
  await context.test('picket audit, in an agent’s pod, finds no gap and nothing doubled', async (sub) => {
    const { name } = await agentOn(lab, lab.nodes[0].name)
    // It fails where the audit does: its exit code is the audit's.
    sub.diagnostic(await kubectl(lab, 'exec', name, '--', ...AUDIT))
  })
}
