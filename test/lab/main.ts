import test from 'node:test'
import { agentSuite, shortAgentSuite } from './agent/suite.ts'
import { browserSuite } from './browser/suite.ts'
import { chartSuite } from './chart/suite.ts'
import { elasticsearchSuite, opensearchSuite } from './elasticsearch/suite.ts'
import { imageSuite } from './image/suite.ts'
import { kubernetesApiSuite } from './kubernetes-api/suite.ts'
import { controllerSuite } from './kubernetes-controller/suite.ts'
import { upstreamSuite } from './kubernetes-controller/upstream-suite.ts'
import { monitoringSuite } from './monitoring/suite.ts'
import { nodeMemorySuite, nodeSuite } from './node/suite.ts'
import { prepareAhead, prepareHere } from './prepare.ts'
import { debianExporter, newestExporter } from './prometheus/node-exporter.ts'
import { prometheusSuite } from './prometheus/suite.ts'
import type { Suite } from './suite.ts'

/**
 * The lab: Picket against real components. `npm run lab` runs every suite but those by hand, `npm run lab -- NAME…` some of them, `--list` says
 * which there are. A suite that cannot run here is a skip that says what is missing; under CI=true it is a failure.
 */
const suites: readonly Suite[] = [
  prometheusSuite(debianExporter),
  browserSuite,
  imageSuite,
  agentSuite({ product: 'elasticsearch', version: '9.5.3' }),
  elasticsearchSuite('9.5.3'),
  shortAgentSuite({ product: 'elasticsearch', version: '8.19.21' }, 'bundle'),
  elasticsearchSuite('8.19.21'),
  shortAgentSuite({ product: 'opensearch', version: '3.6.0' }, 'sources'),
  opensearchSuite('3.6.0'),
  prometheusSuite(newestExporter),
  // Last: what it takes longest to build is built while the others run.
  kubernetesApiSuite,
  chartSuite,
  controllerSuite,
  monitoringSuite,
  upstreamSuite,
  nodeSuite,
]

/** Only when they are named. */
const suitesByHand: readonly Suite[] = [nodeMemorySuite]

const inCi = process.env.CI === 'true'

/** `elasticsearch` stands for every suite whose name begins with it: elasticsearch-9.5.3, elasticsearch-8.19.21. */
const chosenBy = (name: string): readonly Suite[] =>
  [...suites, ...suitesByHand].filter((suite) => suite.name === name || suite.name.startsWith(`${name}-`))

const cannotRun = (suite: Suite): string => {
  const missing = suite.missing()
  return missing.length === 0 ? '' : `cannot run here: ${missing.join('; ')}`
}

const list = (): void => {
  for (const suite of [...suites, ...suitesByHand]) console.log(`${suite.name.padEnd(28)}${cannotRun(suite)}`.trimEnd())
}

const run = (chosen: readonly Suite[]): void => {
  const prepared = prepareAhead(chosen.filter((suite) => cannotRun(suite) === ''))
  for (const suite of chosen) {
    test(suite.name, async (context) => {
      const words = cannotRun(suite)
      if (words === '') {
        await prepared(suite)
        return suite.run(context)
      }
      if (inCi) throw new Error(words)
      context.skip(words)
    })
  }
}

const names = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const options = process.argv.slice(2).filter((word) => word.startsWith('--'))
const mistakes = [
  ...names.filter((name) => chosenBy(name).length === 0).map((name) => `no suite ${name}`),
  ...options.filter((word) => !['--list', '--prepare'].includes(word)).map((word) => `no option ${word}`),
]
const chosen = names.length === 0 ? suites : [...new Set(names.flatMap(chosenBy))]

if (mistakes.length > 0) {
  console.error(`${mistakes.join(', ')}; there are the options --list and --prepare, and the suites:`)
  list()
  process.exitCode = 2
} else if (options.includes('--list')) list()
else if (options.includes('--prepare')) prepareHere(chosen)
else run(chosen)
