import assert from 'node:assert/strict'
import { checkConfig } from '../../agent/config/check.ts'
import { compileConfig } from '../../agent/config/compile.ts'
import type { MetricsOptions } from '../../agent/metrics/options.ts'
import { metricsOptions } from '../../agent/pipeline/metrics-options.ts'
import { references } from './config-references.ts'

/** What the collectors get with this in the block `metrics`; the node is called `node-1`. */
export const metricsOptionsOf = (metrics = ''): MetricsOptions => {
  const text = `node: {name: node-1}\nsources: {c: {kind: containers}}\noutputs: {s: {kind: stdout}}\nmetrics: {${metrics}}`
  const checked = checkConfig(text, references({}, {}))
  assert.equal(checked.kind, 'valid')
  const machine = { environment: {}, hostname: 'machine', workingDirectory: '/srv' }
  return metricsOptions(compileConfig(checked.config, machine))
}
