import assert from 'node:assert/strict'
import test from 'node:test'
import { checkConfig } from '../../../agent/config/check.ts'
import { COLLECTOR_NAMES } from '../../../agent/config/schema-metrics.ts'
import { COLLECTORS } from '../../../agent/metrics/collectors.ts'
import { createHost } from '../../../agent/metrics/host.ts'
import { references } from '../../support/config-references.ts'
import { metricsOptionsOf } from '../../support/metrics-options-of.ts'

const mistakes = (metrics: string): (string | undefined)[][] => {
  const text = `sources: {c: {kind: containers}}\noutputs: {s: {kind: stdout}}\nmetrics:\n  ${metrics}`
  const checked = checkConfig(text, references({}, {}))
  if (checked.kind === 'valid') return []
  return checked.mistakes.map(({ place, path, problem, suggestion }) => [
    `${place?.line}:${place?.column}`,
    path,
    problem,
    suggestion,
  ])
}

test('what is wrong with a metrics block is told with its place', () => {
  const table: [string, (string | undefined)[]][] = [
    [
      'filesystem: {fs_types_exclude: "^(ext4"}',
      ['4:34', 'metrics.filesystem.fs_types_exclude', 'is not a regular expression: Unterminated group', undefined],
    ],
    [
      'vmstat: {fields: "*"}',
      ['4:20', 'metrics.vmstat.fields', 'is not a regular expression: Nothing to repeat', undefined],
    ],
    [
      'netdev: {device_include: eth0, device_exclude: lo}',
      ['4:34', 'metrics.netdev.device_exclude', 'cannot stand beside device_include', 'leave one of them out'],
    ],
    [
      'collectors: {disable: [meminf]}',
      ['4:26', 'metrics.collectors.disable[0]', 'is not one of the choices', 'did you mean meminfo?'],
    ],
    ['enabled: yes', ['4:12', 'metrics.enabled', 'is not one of the choices', undefined]],
    ['timeout: 0', ['4:12', 'metrics.timeout', 'is too small', undefined]],
  ]
  for (const [text, expected] of table) assert.deepEqual(mistakes(text), [expected], text)
})

test('every collector can be named in the configuration, and no other', () => {
  const host = createHost({ procfs: '/proc', sysfs: '/sys', rootfs: '/' })
  const names = COLLECTORS.map((open) => open(host, metricsOptionsOf()).name)
  assert.deepEqual(
    names.filter((name) => !COLLECTOR_NAMES.some((known) => known === name)),
    [],
  )
  assert.equal(new Set(names).size, names.length)
})

test('an include takes the place of the default exclude, as in node_exporter', () => {
  const standing = metricsOptionsOf().filesystem.fsTypes
  assert.deepEqual(
    [standing.include, standing.exclude?.test('tmpfs'), standing.exclude?.test('overlay')],
    [undefined, false, true],
  )
  assert.deepEqual(metricsOptionsOf('filesystem: {fs_types_include: "^overlay$"}').filesystem.fsTypes, {
    include: /^overlay$/,
    exclude: undefined,
  })
  assert.deepEqual(metricsOptionsOf('diskstats: {device_exclude: "^sr"}').diskstats.devices, {
    include: undefined,
    exclude: /^sr/,
  })
})
