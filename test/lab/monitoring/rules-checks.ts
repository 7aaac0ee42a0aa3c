import { execFile } from 'node:child_process'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { promisify } from 'node:util'
import { CHART } from '../../support/chart-monitoring.ts'

const promtool = async (...args: readonly string[]): Promise<void> => {
  await promisify(execFile)('promtool', args).catch(({ message, stdout, stderr }) => {
    throw new Error(`${message}${stdout}${stderr}`)
  })
}

/** The files that are installed, as Prometheus' own tool sees them. */
export const rulesChecks = async (context: TestContext): Promise<void> => {
  await context.test('promtool accepts the rule files', () =>
    promtool('check', 'rules', '--lint-fatal', ...globSync(join(CHART, 'rules', '*.yaml'))),
  )
  for (const file of globSync('*.test.yaml', { cwd: import.meta.dirname }))
    await context.test(`each alert fires where it should, with the right words, and nowhere else: ${file}`, () =>
      promtool('test', 'rules', join(import.meta.dirname, file)),
    )
}
