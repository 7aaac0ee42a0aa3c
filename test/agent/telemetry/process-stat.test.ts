import assert from 'node:assert/strict'
import test from 'node:test'
import {
  parseBootTime,
  parseMaxFds,
  parseProcessMemory,
  parseProcessStat,
} from '../../../agent/telemetry/process-stat.ts'

test('stat: a name with spaces and parentheses does not shift the fields', () =>
  assert.deepEqual(
    parseProcessStat(
      '42 (a) b (c) S 1 42 42 0 -1 4194560 3000 0 5 0 123 45 0 0 20 0 11 0 98765 1000000 2000 18446744073709551615\n',
    ),
    { cpuSeconds: 1.68, startTicks: 98765 },
  ))

test('status', () =>
  assert.deepEqual(
    parseProcessMemory('Name:\tpicket\nVmSize:\t  1000 kB\nVmRSS:\t   62 kB\nRssAnon:\t   18 kB\nRssFile:\t 44 kB\n'),
    {
      virtualBytes: 1_024_000,
      residentBytes: 63_488,
      anonymousBytes: 18_432,
    },
  ))

const limits = (soft: string) => `Limit                     Soft Limit           Hard Limit           Units     
Max processes             unlimited            unlimited            processes 
Max open files            ${soft.padEnd(20)} 1048576              files     
`
test('limits', () =>
  assert.deepEqual([limits('1024'), limits('unlimited'), ''].map(parseMaxFds), [1024, undefined, undefined]))

test('boot time', () => assert.equal(parseBootTime('cpu  1 2 3\nbtime 1700000000\nprocesses 5\n'), 1_700_000_000))
