import { readFileSync } from 'node:fs'
import { COMMANDS, type CommandName } from '../../agent/cli/commands.ts'
import { helpText } from '../../agent/cli/help.ts'
import { checkConfig } from '../../agent/config/check.ts'
import { jsonSchema } from '../../agent/config/json-schema.ts'
import { referencePage } from '../../agent/config/reference-page.ts'
import { reportMistakes } from '../../agent/config/report.ts'
import { selfMetricsPage } from '../../agent/telemetry/self-metrics-page.ts'
import { cleanupHelp } from '../../controller/cli/cleanup-args.ts'
import { coverageHelp } from '../../controller/cli/coverage-help.ts'
import { coverageJson } from '../../controller/cli/coverage-json.ts'
import { coverageTable } from '../../controller/cli/coverage-table.ts'
import { valuesPage } from '../../scripts/chart/values-page.ts'
import { valuesSchema } from '../../scripts/chart/values-schema.ts'
import { references } from './config-references.ts'
import { sampleReports } from './coverage-cluster.ts'
import { kernelExposition } from './kernel-exposition.ts'

/** Files that are made from the code. `npm run golden` writes them; golden.test.ts fails where a committed one differs. */
export const goldenFiles: readonly { readonly path: string; readonly make: () => string }[] = [
  { path: 'docs/configuration.md', make: referencePage },
  { path: 'docs/configuration.schema.json', make: () => `${JSON.stringify(jsonSchema(), undefined, 2)}\n` },
  { path: 'docs/self-metrics.md', make: selfMetricsPage },
  { path: 'charts/picket/values.schema.json', make: valuesSchema },
  { path: 'docs/chart.md', make: valuesPage },
  { path: 'test/golden/cli-help.txt', make: () => everyHelp() },
  { path: 'test/golden/validate-mistaken.txt', make: () => mistakenReport() },
  { path: 'test/golden/coverage-help.txt', make: coverageHelp },
  { path: 'test/golden/cleanup-help.txt', make: cleanupHelp },
  { path: 'test/golden/coverage-table.txt', make: () => tableOf({}) },
  { path: 'test/golden/coverage-uncovered.txt', make: () => tableOf({ onlyUncovered: true, color: true }) },
  { path: 'test/golden/coverage-wide.txt', make: () => tableOf({ wide: true }) },
  { path: 'test/golden/coverage.json', make: () => coverageJson(sampleReports, false) },
  ...['linux-3.10-virtual', 'linux-6.8-metal'].map((kernel) => ({
    path: `test/golden/metrics-${kernel}.txt`,
    make: () => kernelExposition(kernel),
  })),
]

const everyHelp = (): string => {
  const topics = [undefined, ...(Object.keys(COMMANDS) as CommandName[])]
  return topics
    .map((topic) => `$ picket ${topic === undefined ? '' : `${topic} `}--help\n${helpText(topic)}`)
    .join('\n')
}

const mistakenReport = (): string => {
  const text = readFileSync(new URL('../fixtures/config/mistaken.yaml', import.meta.url), 'utf8')
  const checked = checkConfig(text, references())
  return checked.kind === 'valid' ? '' : reportMistakes(checked.mistakes, { name: 'mistaken.yaml', text, color: false })
}

const tableOf = (options: Partial<Parameters<typeof coverageTable>[1]>): string =>
  coverageTable(sampleReports, { wide: false, color: false, onlyUncovered: false, ...options })
