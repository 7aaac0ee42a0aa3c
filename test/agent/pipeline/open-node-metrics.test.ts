import assert from 'node:assert/strict'
import test from 'node:test'
import { checkConfig } from '../../../agent/config/check.ts'
import { compileConfig } from '../../../agent/config/compile.ts'
import { openNodeMetrics } from '../../../agent/pipeline/open-node-metrics.ts'
import { createLogger, defaultLoggerOptions } from '../../../lib/log/logger.ts'
import { references } from '../../support/config-references.ts'
import { createModelClock } from '../../support/model-clock.ts'

test('the page and the scrape that look at the same moment ask each mount once', async () => {
  const checked = checkConfig(
    'sources: {c: {kind: containers}}\noutputs: {s: {kind: stdout}}\nmetrics: {enabled: true}',
    references({}, {}),
  )
  assert.equal(checked.kind, 'valid')
  const config = compileConfig(checked.config, { environment: {}, hostname: 'machine', workingDirectory: '/srv' })
  const open = () =>
    openNodeMetrics(config, {
      build: { version: '1', revision: '' },
      logger: createLogger(defaultLoggerOptions, createModelClock(), { write: () => {} }),
      containerFacts: () => () => undefined,
      among: new Set(['filesystem']),
    })
  const sizes = await Promise.all(
    [open(), open()].map(async (metrics) =>
      (await metrics?.collect())?.find(({ name }) => name === 'node_filesystem_device_error'),
    ),
  )
  assert.notEqual(sizes[0], undefined)
  assert.equal(sizes[0], sizes[1])
})
