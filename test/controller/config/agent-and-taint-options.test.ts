import assert from 'node:assert/strict'
import test from 'node:test'
import { parseCommand } from '../../../controller/config/options.ts'

const parsed = (...argv: readonly string[]): unknown => {
  const command = parseCommand(argv)
  if (command.kind === 'usage') return command.message
  return command.kind === 'run' ? { ...command.options.agents, ...command.options.startupTaint } : command.kind
}

const DEFAULTS = {
  read: true,
  tokenFile: undefined,
  caFile: undefined,
  verify: true,
  daemonSets: [],
  mode: 'bootstrap',
  key: 'picket.dev/agent-not-ready',
  backAfterMs: 60_000,
}

const CASES: readonly (readonly [string, object | string])[] = [
  ['--read-agents=false', { read: false }],
  ['--agent-token-file=/t', { tokenFile: '/t' }],
  ['--agent-ca-file=/c', { caFile: '/c' }],
  ['--agent-insecure', { verify: false }],
  ['--startup-taint-for=logs/agent,net/cni', { daemonSets: ['logs/agent', 'net/cni'] }],
  ['--startup-taint=continuous', { mode: 'continuous' }],
  ['--startup-taint-key=wait', { key: 'wait' }],
  [
    '--startup-taint-for=agent',
    '--startup-taint-for names DaemonSets as namespace/name, separated by commas, not agent',
  ],
  ['--startup-taint=always', '--startup-taint is bootstrap or continuous, not always'],
  ['--startup-taint-key=a b', '--startup-taint-key is the key of a taint, not a b'],
]

test('how agents are read and nodes wait for them is said by flags, and a mistake is a sentence', () => {
  assert.deepEqual(parsed(), DEFAULTS)
  for (const [flag, wanted] of CASES)
    assert.deepEqual(parsed(flag), typeof wanted === 'string' ? wanted : { ...DEFAULTS, ...wanted }, flag)
})
