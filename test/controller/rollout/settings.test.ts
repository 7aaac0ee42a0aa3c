import assert from 'node:assert/strict'
import test from 'node:test'
import { isFrozen, readSettings } from '../../../controller/rollout/settings.ts'

const DEFAULTS = {
  maxUnavailable: { kind: 'number', value: 1 },
  deadNodeBudget: { kind: 'number', value: 0 },
  partition: { kind: 'number', value: 0 },
  canary: undefined,
  soakMs: 600_000,
  maxRestarts: 2,
  autoPause: true,
  autoRollback: false,
  paused: false,
  frozen: false,
}

const UNDERSTOOD: readonly (readonly [string, string, object])[] = [
  ['max-unavailable', '3', { maxUnavailable: { kind: 'number', value: 3 } }],
  ['max-unavailable', '10%', { maxUnavailable: { kind: 'percent', value: 10 } }],
  ['dead-node-budget', '0', {}],
  ['dead-node-budget', '5%', { deadNodeBudget: { kind: 'percent', value: 5 } }],
  ['partition', '100%', { partition: { kind: 'percent', value: 100 } }],
  ['canary', '2', { canary: { kind: 'number', value: 2 } }],
  ['canary-soak', '0s', { soakMs: 0 }],
  ['canary-soak', '1h30m', { soakMs: 5_400_000 }],
  ['canary-soak', '90s', { soakMs: 90_000 }],
  ['canary-soak', 'manual', { soakMs: 'manual' }],
  ['max-restarts', '0', { maxRestarts: 0 }],
  ['auto-pause', 'false', { autoPause: false }],
  ['auto-rollback', 'true', { autoRollback: true }],
  ['paused', 'true', { paused: true }],
  ['frozen', 'true', { frozen: true }],
]

test('every annotation is understood in each of its forms', () => {
  for (const [name, value, changes] of UNDERSTOOD)
    assert.deepEqual(
      readSettings({ [`picket.dev/${name}`]: value, 'meta.helm.sh/release-name': 'x' }),
      { settings: { ...DEFAULTS, ...changes }, mistakes: [] },
      `${name}=${value}`,
    )
})

const MISTAKEN: readonly (readonly [string, string])[] = [
  ['max-unavailable', '0'],
  ['max-unavailable', '0%'],
  ['max-unavailable', '101%'],
  ['max-unavailable', '-1'],
  ['max-unavailable', ' 1'],
  ['max-unavailable', ''],
  ['dead-node-budget', '1.5'],
  ['partition', 'all'],
  ['canary', '0'],
  ['canary-soak', '10'],
  ['canary-soak', '10min'],
  ['canary-soak', '1m1h'],
  ['canary-soak', ''],
  ['max-restarts', '-1'],
  ['auto-pause', 'yes'],
  ['auto-rollback', 'True'],
  ['paused', '1'],
  ['frozen', ''],
]

test('what is malformed is named with its value and what is allowed', () => {
  for (const [name, value] of MISTAKEN) {
    const { settings, mistakes } = readSettings({ [`picket.dev/${name}`]: value })
    assert.deepEqual(settings, DEFAULTS, `${name}=${value}`)
    assert.deepEqual(
      mistakes.map(({ annotation, value: given, allowed }) => [annotation, given, allowed.length > 10]),
      [[`picket.dev/${name}`, value, true]],
    )
  }
})

test('an unknown name is a mistake, for it may be a safety that somebody believes in', () => {
  const { mistakes } = readSettings({ 'picket.dev/canaries': '2' })
  assert.deepEqual(mistakes, [
    {
      annotation: 'picket.dev/canaries',
      value: '2',
      allowed:
        'one of picket.dev/max-unavailable, picket.dev/dead-node-budget, picket.dev/partition, picket.dev/canary, picket.dev/canary-soak, picket.dev/max-restarts, picket.dev/auto-pause, picket.dev/auto-rollback, picket.dev/paused, picket.dev/frozen, picket.dev/resume, picket.dev/canary-valid',
    },
  ])
})

test('without any annotation of its own a DaemonSet is left to its owner', () => {
  assert.deepEqual(readSettings({ 'deprecated.daemonset.template.generation': '1' }), {
    settings: undefined,
    mistakes: [],
  })
  assert.deepEqual(readSettings({ 'picket.dev/rollout-state': '{}' }).settings, undefined)
})

test('only "true" freezes', () => {
  assert.deepEqual(
    ['true', 'false', 'yes'].map((value) => isFrozen({ 'picket.dev/frozen': value })),
    [true, false, false],
  )
  assert.equal(isFrozen({}), false)
})
