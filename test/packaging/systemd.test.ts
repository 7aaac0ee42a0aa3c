import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { parse } from 'yaml'
import { loadValue } from '../../agent/config/load.ts'

const UNIT = 'packaging/systemd/picket.service'

/** Keys of a section; of one that is there twice the last counts. */
const sectionOf = (name: string): ReadonlyMap<string, string> => {
  const text = readFileSync(UNIT, 'utf8').replaceAll(/^#.*\n/gm, '')
  const [, body = ''] = text.split(new RegExp(`^\\[${name}\\]$`, 'm'))
  const lines = body.split(/^\[/m)[0]?.matchAll(/^(\w+)=(.*)$/gm) ?? []
  return new Map([...lines].map(([, key = '', value = '']) => [key, value]))
}
const service = sectionOf('Service')

const configuration = () => {
  const value = parse(readFileSync('packaging/systemd/picket.yaml', 'utf8'))
  value.outputs.search.api_key = 'a key'
  const loaded = loadValue(value)
  if (loaded.kind !== 'loaded') throw new Error(JSON.stringify(loaded.mistakes))
  return loaded.config
}

test('the unit starts what is installed, with the configuration that is beside it', () => {
  const [env, node, program = '', ...rest] = service.get('ExecStart')?.split(' ') ?? []
  assert.deepEqual([env, node, rest], ['/usr/bin/env', 'node', ['--config', '/etc/picket/picket.yaml']])
  assert.ok(statSync(program.replace('/opt/picket/', '')).isFile())
})

test('systemd waits longer for the end than the agent takes', () => {
  const stopMs = Number(service.get('TimeoutStopSec')?.replace(/s$/, '')) * 1000
  assert.equal(stopMs - configuration().shutdownGraceMs, 5000)
  assert.deepEqual([service.get('KillSignal'), service.get('KillMode')], ['SIGTERM', 'mixed'])
})

test('the unit gives the folder that the configuration keeps its state in', () =>
  assert.deepEqual(
    [`/var/lib/${service.get('StateDirectory')}`, service.get('StateDirectoryMode')],
    [configuration().stateDir, '0700'],
  ))

test('the agent has the memory that a pod of the chart has', () => {
  const values = parse(readFileSync('charts/picket/values.yaml', 'utf8'))
  assert.equal(`${service.get('MemoryMax')}i`, values.agent.resources.limits.memory)
})

test('the unit promises nothing that the agent does not do, and forbids nothing that it needs', () => {
  // No sd_notify; V8 writes code; adjtimex is of @clock.
  const absent = ['WatchdogSec', 'NotifyAccess', 'MemoryDenyWriteExecute', 'ProtectClock', 'PrivateNetwork', 'User']
  assert.deepEqual(
    absent.filter((key) => service.has(key)),
    [],
  )
  assert.deepEqual(
    ['Type', 'NoNewPrivileges', 'ProtectSystem', 'CapabilityBoundingSet', 'SystemCallFilter'].map((k) =>
      service.get(k),
    ),
    ['exec', 'yes', 'strict', 'CAP_DAC_READ_SEARCH', '@system-service adjtimex'],
  )
})

const analyze = '/usr/bin/systemd-analyze'
test('systemd understands the unit', { skip: !existsSync(analyze) && 'there is no systemd-analyze here' }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'picket-unit-'))
  try {
    const unit = join(folder, 'picket.service')
    cpSync(UNIT, unit)
    assert.equal(execFileSync(analyze, ['verify', '--man=no', unit], { stdio: 'pipe' }).toString(), '')
  } finally {
    rmSync(folder, { recursive: true })
  }
})
