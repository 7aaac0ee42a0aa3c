import assert from 'node:assert/strict'
import test from 'node:test'
import { parseCpuList } from '../../../agent/metrics/cpu-list.ts'
import { type CpuTimes, parseCpuTimes, withoutJumps } from '../../../agent/metrics/cpu-times.ts'
import { parseFileNr } from '../../../agent/metrics/filefd.ts'
import { parseLoadavg } from '../../../agent/metrics/loadavg.ts'
import { parseMeminfo } from '../../../agent/metrics/meminfo.ts'
import { parseOsRelease } from '../../../agent/metrics/os-release.ts'
import { parsePressure } from '../../../agent/metrics/pressure.ts'
import { parseSchedstat } from '../../../agent/metrics/schedstat.ts'
import { parseSelinuxConfig } from '../../../agent/metrics/selinux.ts'
import { parseSoftnet } from '../../../agent/metrics/softnet.ts'
import { parseStat } from '../../../agent/metrics/stat.ts'
import { parseVmstat } from '../../../agent/metrics/vmstat.ts'
import { parseWhole } from '../../../agent/metrics/whole-number.ts'

/** Good texts are held by the golden expositions of the fixtures; these are what a kernel, a disk or a sandbox may show instead. */
const refused: readonly [what: string, parse: (text: string) => unknown, texts: readonly string[]][] = [
  ['loadavg', parseLoadavg, ['', 'high', '0.1 0.2', '0.1 x 0.3 1/2 3']],
  ['CPU times', parseCpuTimes, ['', 'intr 1 2\n', 'cpu  1 2 3\n', 'cpu0 1 two 3 4\n', '\0\0\0']],
  ['CPU list', parseCpuList, ['x', '0-', '3-1', '0-99999999', '1,,-2', '0-1-x']],
  ['meminfo', parseMeminfo, ['MemTotal 12 kB\n', 'MemTotal: much kB\n', ': 5 kB\n']],
  ['vmstat', parseVmstat, ['pgfault\n', 'pgfault many\n', ' 5\n']],
  ['file-nr', parseFileNr, ['', '1\t2', 'a\t0\tb', '1 2 3']],
  ['softnet', parseSoftnet, ['1 2 3\n', `${'0000zz00 '.repeat(9)}\n`]],
  ['schedstat', parseSchedstat, ['cpu0 1 2 3\n', 'cpu0 1 2 3 4 5 6 7 8 x\n']],
  ['pressure', (text) => parsePressure(text, 'some'), ['some avg10=0.00\n', 'some total=-\n']],
  ['a number', (text) => parseWhole(text, 'poolsize'), ['', '1.5', '12 kB', 'x']],
]

for (const [what, parse, texts] of refused)
  test(`${what}: what is not understood is refused, and shown`, () => {
    for (const text of texts)
      assert.throws(() => parse(text), /not understood|no number|no CPU times/, JSON.stringify(text))
  })

test('CPU times: columns that an old kernel lacks are 0, and the sum of all CPUs is passed over', () => {
  assert.deepEqual(parseCpuTimes('cpu  9 9 9 9\ncpu12 100 200 300 400 500\nintr 1\ncpu99 1'), [
    { cpu: '12', seconds: [1, 2, 3, 4, 5, 0, 0, 0, 0, 0] },
  ])
  assert.deepEqual(parseCpuTimes('cpu0 1 2 3 4 5 6 7 8 9 10 11 12')[0]?.seconds.length, 10)
})

test('CPU times: what steps back stays, unless idle fell by 3 s: then the CPU was taken out and put in', () => {
  const times = (...seconds: number[]): CpuTimes => ({ cpu: '0', seconds })
  const before = times(10, 1, 5, 100, 7)
  const table: [CpuTimes, CpuTimes][] = [
    [times(11, 1, 6, 101, 8), times(11, 1, 6, 101, 8)],
    [times(11, 1, 6, 97.5, 6), times(11, 1, 6, 100, 7)],
    [times(9, 0, 4, 97, 6), times(9, 0, 4, 97, 6)],
  ]
  for (const [now, expected] of table) assert.deepEqual(withoutJumps(before, now), expected)
  assert.deepEqual(withoutJumps(undefined, before), before)
})

test('CPU lists', () => {
  const table: [string, string[]][] = [
    ['\n', []],
    ['0\n', ['0']],
    ['0-2,8,10-11\n', ['0', '1', '2', '8', '10', '11']],
  ]
  for (const [text, expected] of table) assert.deepEqual(parseCpuList(text), expected)
})

test('stat: only the first number of a line counts, and lines of nothing are passed over', () => {
  assert.deepEqual(
    parseStat('cpu0 1 2\nintr 5 1 2 3\n\nodd\nctxt 7\nbtime'),
    new Map([
      ['intr', 5],
      ['ctxt', 7],
    ]),
  )
})

test('meminfo: parentheses become part of the name, and counts of pages stay counts', () => {
  assert.deepEqual(parseMeminfo('Active(anon):  2 kB\nHugePages_Total:   3\nNewThing:1 kB\n'), [
    { name: 'Active_anon_bytes', value: 2048 },
    { name: 'HugePages_Total', value: 3 },
    { name: 'NewThing_bytes', value: 1024 },
  ])
})

test('pressure: a line that a kernel does not have is none', () => {
  const text = 'full avg10=0.00 avg60=0.00 avg300=0.00 total=8494\n'
  assert.deepEqual(
    [parsePressure(text, 'full'), parsePressure(text, 'some'), parsePressure('', 'full')],
    [0.008494, undefined, undefined],
  )
})

test('softnet: since 5.14 a line says whose it is, before that its place does', () => {
  const line = (...columns: string[]): string => columns.join(' ')
  const zeros = (n: number): string[] => Array.from({ length: n }, () => '00000000')
  assert.deepEqual(
    parseSoftnet(`${line('0000000a', ...zeros(9))}\n${line('ffffffff', ...zeros(9))}\n`).map(({ cpu, columns }) => [
      cpu,
      columns[0],
    ]),
    [
      ['0', 10],
      ['1', 4_294_967_295],
    ],
  )
  assert.deepEqual(
    parseSoftnet(`${line(...zeros(12), '00000003', ...zeros(2))}\n`).map(({ cpu }) => cpu),
    ['3'],
  )
})

test('os-release: quotes, escapes, comments, and what is no assignment', () => {
  const text = `NAME="a \\"b\\" \\$c"\nID='x"y'\nexport VERSION=1 # c\nEMPTY=\n# NO=1\nnot one\nHALF="open\nID=last\n`
  assert.deepEqual(
    parseOsRelease(text),
    new Map([
      ['NAME', 'a "b" $c'],
      ['ID', 'last'],
      ['VERSION', '1'],
      ['EMPTY', ''],
      ['HALF', '"open'],
    ]),
  )
})

test('SELinux’ configured mode', () => {
  const table: [string, number][] = [
    ['SELINUX=enforcing\n', 1],
    ['# SELINUX=enforcing\nSELINUX= permissive\n', 0],
    ['SELINUX=disabled', -1],
    ['', -1],
    ['SELINUX=toString', -1],
  ]
  for (const [text, expected] of table) assert.equal(parseSelinuxConfig(text), expected, text)
})
