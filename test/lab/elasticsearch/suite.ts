import type { TestContext } from 'node:test'
import type { Suite } from '../suite.ts'
import { deliveryChecks } from './delivery-checks.ts'
import { ensureDistribution, findDistribution, missingForDistribution, type Product } from './distribution.ts'
import { failureStoreChecks } from './failure-store-checks.ts'
import { hostsChecks } from './hosts-checks.ts'
import { ensureDistributionWithPlugin, missingForPlugin } from './lab-plugin.ts'
import { refusalChecks } from './refusal-checks.ts'
import { securityChecks } from './security-checks.ts'
import { missingForServer, type StartOptions, startElasticsearch } from './start.ts'

/** Small, so that a request that is too large is quickly made. */
const settings = { 'http.max_content_length': '4mb' }

const started = async (context: TestContext, options: StartOptions) => {
  const began = performance.now()
  const server = await startElasticsearch({ ...options, settings })
  context.after(() => server.dispose())
  const words = `${server.product} ${server.version} answers after ${((performance.now() - began) / 1000).toFixed(1)} s`
  context.diagnostic(words)
  return server
}

const missing = (product: Product, version: string): readonly string[] => [
  ...missingForServer(product, version),
  ...missingForDistribution(findDistribution(product, version)),
]

const plainServer = (product: Product, version: string) => async (context: TestContext) => {
  const server = await started(context, { product, version })
  await deliveryChecks(context, server)
  await hostsChecks(context, server)
  await refusalChecks(context, server)
}

const secureServer = (version: string) => async (context: TestContext) => {
  const server = await started(context, { version, security: true, clientCertificates: true, plugin: true })
  await securityChecks(context, server)
  await failureStoreChecks(context, server)
}

/** One server at a time: each takes three quarters of a gigabyte. */
export const elasticsearchSuite = (version: string): Suite => ({
  name: `elasticsearch-${version}`,
  missing: () => [
    ...missing('elasticsearch', version),
    ...missingForPlugin(findDistribution('elasticsearch', version)),
  ],
  prepare: () => void ensureDistributionWithPlugin(findDistribution('elasticsearch', version)),
  run: async (context) => {
    await context.test('without security', plainServer('elasticsearch', version))
    await context.test('with TLS, client certificates, users and API keys', secureServer(version))
  },
})

export const opensearchSuite = (version: string): Suite => ({
  name: `opensearch-${version}`,
  missing: () => missing('opensearch', version),
  prepare: () => void ensureDistribution(findDistribution('opensearch', version)),
  run: (context) => plainServer('opensearch', version)(context),
})
