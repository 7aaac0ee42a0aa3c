import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import {
  ensureDistribution,
  findDistribution,
  missingForDistribution,
  type Product,
} from '../elasticsearch/distribution.ts'
import { freePorts } from '../elasticsearch/free-ports.ts'
import { ensureDistributionWithPlugin, missingForPlugin } from '../elasticsearch/lab-plugin.ts'
import { missingForServer, startElasticsearch } from '../elasticsearch/start.ts'
import type { Suite } from '../suite.ts'
import { apiKeyChecks } from './api-key-checks.ts'
import { buildBundle } from './bundle.ts'
import { labAgent } from './lab-agent.ts'
import { nodeMetricsChecks } from './node-metrics-checks.ts'
import { readmeConfig } from './readme-config.ts'
import { rejectionChecks } from './rejection-checks.ts'
import { securityChecks } from './security-checks.ts'
import { setupChecks } from './setup-checks.ts'
import { shortWayChecks, wholeWayChecks } from './whole-way-checks.ts'
import { createWorkload } from './workload.ts'

interface Kind {
  readonly product: Product
  readonly version: string
}

const labFolder = (context: TestContext): string => {
  const folder = fs.mkdtempSync(join(tmpdir(), 'picket-lab-agent-'))
  context.after(() => fs.rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A server, and an agent beside it with the README's configuration and a workload to read. */
const together = async (context: TestContext, kind: Kind, program?: string) => {
  const server = await startElasticsearch(kind)
  context.after(() => server.dispose())
  const folder = labFolder(context)
  const [port = 0] = await freePorts(1)
  const workload = createWorkload(folder)
  context.after(workload.end)
  const config = readmeConfig({ folder, host: server.url, port })
  return { server, folder, workload, agent: labAgent(context, { folder, config, port, program }) }
}

const suiteOf = ({ product, version }: Kind, run: Suite['run']): Suite => ({
  name: `agent-${product}-${version}`,
  missing: () => [...missingForServer(product, version), ...missingForDistribution(findDistribution(product, version))],
  prepare: () => void ensureDistribution(findDistribution(product, version)),
  run,
})

/** All that the agent can meet. */
export const agentSuite = (kind: Kind): Suite => {
  const distribution = findDistribution(kind.product, kind.version)
  const suite = suiteOf(kind, async (context) => {
    await context.test('without security', async (inner) => {
      const all = await together(inner, kind)
      await wholeWayChecks(inner, all)
      await rejectionChecks(inner, all.server, labFolder(inner))
      await nodeMetricsChecks(inner, all.server, { folder: labFolder(inner) })
    })
    await context.test('with TLS, a narrow user and a narrow key', async (inner) => {
      const server = await startElasticsearch({ ...kind, security: true, plugin: true })
      inner.after(() => server.dispose())
      await securityChecks(inner, server, labFolder(inner))
      await apiKeyChecks(inner, server, labFolder(inner))
      await setupChecks(inner, server, labFolder(inner))
    })
  })
  return {
    ...suite,
    missing: () => [...suite.missing(), ...missingForPlugin(distribution)],
    prepare: () => void ensureDistributionWithPlugin(distribution),
  }
}

/** Fill, kill, search back; with the bundle instead of the sources where it says so. */
export const shortAgentSuite = (kind: Kind, program: 'sources' | 'bundle'): Suite =>
  suiteOf(kind, async (context) => {
    const bundle = program === 'bundle' ? buildBundle(labFolder(context)) : undefined
    const all = await together(context, kind, bundle)
    await shortWayChecks(context, all)
    // Before there are metrics, whose template could not be taken away any more.
    if (kind.product === 'opensearch') await setupChecks(context, all.server, labFolder(context))
    await nodeMetricsChecks(context, all.server, { folder: labFolder(context), program: bundle })
  })
