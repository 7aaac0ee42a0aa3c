import test from 'node:test'
import { elasticsearchSuite, opensearchSuite } from './elasticsearch/suite.ts'
import type { Suite } from './suite.ts'

/**
 * The lab: Picket against real components. `npm run lab` runs every suite, `npm run lab -- NAME…` some of them.
 * A suite that cannot run here is a skip that says what is missing; under CI=true it is a failure.
 */
const suites: readonly Suite[] = [elasticsearchSuite('9.5.3'), elasticsearchSuite('8.19.21'), opensearchSuite('3.6.0')]

const inCi = process.env.CI === 'true'

/** `elasticsearch` stands for every suite whose name begins with it: elasticsearch-9.5.3, elasticsearch-8.19.21. */
const chosenBy = (name: string): readonly Suite[] =>
  suites.filter((suite) => suite.name === name || suite.name.startsWith(`${name}-`))

const names = process.argv.slice(2)
const unknown = names.filter((name) => chosenBy(name).length === 0)
if (unknown.length > 0) {
  console.error(`no suite ${unknown.join(', ')}; there are: ${suites.map((suite) => suite.name).join(', ')}`)
  process.exit(2)
}

for (const suite of names.length === 0 ? suites : new Set(names.flatMap(chosenBy))) {
  test(suite.name, async (context) => {
    const missing = suite.missing()
    if (missing.length === 0) return suite.run(context)
    const words = `cannot run here: ${missing.join('; ')}`
    if (inCi) throw new Error(words)
    context.skip(words)
  })
}
