import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { Auditor, type AuditorOptions } from '../../../agent/audit/auditor.ts'
import { evidenceOf } from '../../../agent/audit/evidence.ts'
import { type FileReport, isComplete } from '../../../agent/audit/judge.ts'
import { noFiles, reportJson, reportText, summaryText, withReport } from '../../../agent/audit/report-text.ts'

const A = 'aaaaaaaaaaaaaaaa'
const B = 'bbbbbbbbbbbbbbbb'
const everything: AuditorOptions = {
  period: { sinceMs: undefined, untilMs: undefined },
  expires: false,
  held: new Map(),
}
const origin = { path: undefined, node: 'n', namespace: 'shop', pod: 'web-0', container: 'web' }

interface Said {
  readonly spans?: string
  readonly at?: number
}

const record = (fingerprint: string, offset: number, length: number, { spans, at = 0 }: Said = {}): object => ({
  '@timestamp': new Date(at).toISOString(),
  host: { name: 'n' },
  kubernetes: { namespace: 'shop', pod: { name: 'web-0' }, container: { name: 'web' } },
  log: { file: { fingerprint }, offset, length, ...(spans && { spans }) },
})

const closing = (fingerprint: string, size: number, more: object = {}, reason?: string): object => {
  const { log, ...rest } = record(fingerprint, size, 0) as { log: object }
  return {
    ...rest,
    log: { ...log, flags: ['closed'], ...more },
    event: { action: 'log_file_closed', ...(reason && { reason }) },
  }
}

const audit = (documents: readonly object[], options: Partial<AuditorOptions> = {}): FileReport[] => {
  const auditor = new Auditor({ ...everything, ...options })
  const early = documents.flatMap((document) => auditor.take(evidenceOf(document)!) ?? [])
  return [...early, ...auditor.finish()]
}

/** What of a report is not as in a complete one. */
const brief = ({
  fingerprint,
  state,
  size,
  gaps,
  doubled,
  covered,
  queued,
  deadLettered,
  lost,
  skipped,
  before,
}: FileReport) => {
  const amounts = Object.entries({ queued, deadLettered, skipped, before }).filter(([, bytes]) => bytes > 0)
  const list = (ranges: FileReport['gaps']): string => ranges.map(({ from, to }) => `${from}-${to}`).join(' ')
  return {
    file: fingerprint[0],
    state,
    size,
    covered,
    ...Object.fromEntries(amounts),
    ...lost,
    gaps: list(gaps),
    doubled: list(doubled),
  }
}

const sound = { gaps: '', doubled: '' }
const held = (fingerprint: string, what: object): AuditorOptions['held'] =>
  new Map([[fingerprint, { origin, queued: [], deadLettered: [], position: undefined, ...what }]])

type Case = readonly [
  name: string,
  documents: readonly object[],
  options: Partial<AuditorOptions>,
  expected: readonly object[],
]

const whole = [record(A, 0, 10), record(A, 10, 5), closing(A, 15)]
const cases: readonly Case[] = [
  ['a whole file', whole, {}, [{ file: 'a', state: 'closed', size: 15, covered: 15, ...sound }]],
  [
    'a document is missing',
    [whole[0]!, record(A, 12, 3), whole[2]!],
    {},
    [{ file: 'a', state: 'closed', size: 15, covered: 13, ...sound, gaps: '10-12' }],
  ],
  [
    'the first and the last are missing',
    [record(A, 5, 5), whole[2]!],
    {},
    [{ file: 'a', state: 'closed', size: 15, covered: 5, ...sound, gaps: '0-5 10-15' }],
  ],
  [
    'nothing but the closing document is left',
    [closing(A, 15)],
    {},
    [{ file: 'a', state: 'closed', size: 15, covered: 0, ...sound, gaps: '0-15' }],
  ],
  [
    'a document came twice',
    [whole[0]!, ...whole],
    {},
    [{ file: 'a', state: 'closed', size: 15, covered: 15, ...sound, doubled: '0-10' }],
  ],
  [
    'not closed yet: judged to its last document',
    [record(A, 0, 10)],
    {},
    [{ file: 'a', state: 'open', size: 10, covered: 10, ...sound }],
  ],
  [
    'written to after it was closed',
    [...whole, record(A, 15, 5)],
    {},
    [{ file: 'a', state: 'open', size: 20, covered: 20, ...sound }],
  ],
  [
    'closed twice, the second time larger',
    [...whole, record(A, 15, 5), closing(A, 20)],
    {},
    [{ file: 'a', state: 'closed', size: 20, covered: 20, ...sound }],
  ],
  [
    'skipped and lost bytes are accounted for, by cause',
    [record(A, 10, 5), closing(A, 20, { skipped: '0+10', lost: '15+5' }, 'truncated')],
    {},
    [{ file: 'a', state: 'closed', size: 20, covered: 5, skipped: 10, truncated: 5, ...sound }],
  ],
  [
    'two streams in pieces, one within the other',
    [record(A, 0, 20, { spans: '0+10,20+10' }), record(A, 10, 10), closing(A, 30)],
    {},
    [{ file: 'a', state: 'closed', size: 30, covered: 30, ...sound }],
  ],
  [
    'a record that goes on in the next file, which comes later',
    [record(A, 0, 15, { spans: `0+10,${B}:0+5` }), closing(A, 10), record(B, 5, 5), closing(B, 10)],
    {},
    [
      { file: 'a', state: 'closed', size: 10, covered: 10, ...sound },
      { file: 'b', state: 'closed', size: 10, covered: 10, ...sound },
    ],
  ],
  [
    'a record that goes on in the next file, which came before',
    [record(B, 5, 5), closing(B, 10), record(A, 0, 15, { spans: `0+10,${B}:0+5` }), closing(A, 10)],
    {},
    [
      { file: 'a', state: 'closed', size: 10, covered: 10, ...sound },
      { file: 'b', state: 'closed', size: 10, covered: 10, ...sound },
    ],
  ],
  [
    'a record that goes on in the next file, of which there is nothing else',
    [record(A, 0, 15, { spans: `0+10,${B}:0+5` }), closing(A, 10)],
    {},
    [
      { file: 'a', state: 'closed', size: 10, covered: 10, ...sound },
      { file: 'b', state: 'open', size: 5, covered: 5, ...sound },
    ],
  ],
  [
    'a record that names bytes of a file that was complete without it',
    [record(B, 0, 10), closing(B, 10), record(A, 0, 15, { spans: `0+10,${B}:0+5` }), closing(A, 10)],
    {},
    [
      { file: 'b', state: 'closed', size: 10, covered: 10, ...sound },
      { file: 'a', state: 'closed', size: 10, covered: 10, ...sound },
      { file: 'b', state: 'closed', size: 5, covered: 5, ...sound, doubled: '0-5' },
    ],
  ],
  [
    'what is queued or dead-lettered is no gap; what came meanwhile is not doubled',
    [record(A, 0, 10), closing(A, 40)],
    { held: held(A, { queued: [{ from: 5, to: 20 }], deadLettered: [{ from: 20, to: 30 }] }) },
    [{ file: 'a', state: 'closed', size: 40, covered: 10, queued: 10, deadLettered: 10, ...sound, gaps: '30-40' }],
  ],
  [
    'an open file is judged to the position of its agent: behind it documents come in any order',
    [record(A, 0, 10), record(A, 15, 5), record(A, 30, 5)],
    { held: held(A, { position: { committed: 20, began: 0 } }) },
    [{ file: 'a', state: 'open', size: 20, covered: 20, ...sound, gaps: '10-15' }],
  ],
  [
    'a file that the agent has read and of which the store has nothing',
    [],
    { held: held(B, { position: { committed: 20, began: 5 } }) },
    [{ file: 'b', state: 'open', size: 20, covered: 0, skipped: 5, ...sound, gaps: '5-20' }],
  ],
  [
    'a store that drops what is old says nothing of the beginning',
    [record(A, 5, 5), closing(A, 15)],
    { expires: true },
    [{ file: 'a', state: 'closed', size: 15, covered: 5, before: 5, ...sound, gaps: '10-15' }],
  ],
  [
    'of a period, from its first record to its last, and files that have one',
    [
      record(A, 0, 10, { at: 1000 }),
      record(A, 10, 10, { at: 5000 }),
      record(A, 25, 5, { at: 4999 }),
      record(A, 30, 10, { at: 6000 }),
      record(A, 50, 10, { at: 9000 }),
      record(B, 0, 5, { at: 1000 }),
    ],
    { period: { sinceMs: 5000, untilMs: 7000 } },
    [{ file: 'a', state: 'open', size: 40, covered: 25, ...sound, gaps: '20-25' }],
  ],
]

for (const [name, documents, options, expected] of cases)
  test(name, () => assert.deepEqual(audit(documents, options).map(brief), expected))

test('any documents of a file, in any order of their bytes, against a map of its bytes', () => {
  const spans = fc.array(fc.tuple(fc.nat(30), fc.integer({ min: 1, max: 8 })), { maxLength: 14 })
  fc.assert(
    fc.property(spans, fc.nat(45), (all, size) => {
      const ordered = [...all].sort(([a], [b]) => a - b)
      const documents = [...ordered.map(([offset, length]) => record(A, offset, length)), closing(A, size)]
      const bytes = new Array<number>(60).fill(0)
      for (const [offset, length] of all) for (let i = offset; i < offset + length; i++) bytes[i]!++
      const end = Math.max(size, bytes.findLastIndex((n) => n > 0) + 1)
      const [report] = audit(documents)
      const flat = (ranges: FileReport['gaps']): number[] =>
        ranges.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, i) => from + i))
      const where = (isIn: (n: number) => boolean): number[] => bytes.flatMap((n, i) => (i < end && isIn(n) ? [i] : []))
      assert.deepEqual(
        flat(report!.gaps),
        where((n) => n === 0),
      )
      assert.deepEqual(
        flat(report!.doubled),
        where((n) => n > 1),
      )
      assert.equal(isComplete(report!), where((n) => n !== 1).length === 0 && end === size)
    }),
    { numRuns: 1000 },
  )
})

test('documents of others are none of ours', () => {
  assert.equal(evidenceOf({ message: 'x', log: { offset: 5 } }), undefined)
  assert.equal(evidenceOf(undefined), undefined)
  const filebeat = { log: { offset: 5, file: { fingerprint: 'a'.repeat(64), path: '/x' } } }
  assert.equal(evidenceOf(filebeat), undefined)
})

test('the report: a line a file, a line a range; JSON in the words of the documents', () => {
  const [report] = audit([record(A, 0, 1000), record(A, 0, 10), closing(A, 3000, { lost: '2500+500' }, 'truncated')])
  assert.equal(
    reportText(report!),
    `shop/web-0 web  ${A}  closed at 3,000: 1,000 in documents, 500 lost (truncated)
  GAP  1,500 bytes: 1000 to 2499
  DOUBLED  10 bytes: 0 to 9
`,
  )
  assert.deepEqual(JSON.parse(reportJson(report!)), {
    node: 'n',
    namespace: 'shop',
    pod: 'web-0',
    container: 'web',
    fingerprint: A,
    state: 'closed',
    size: 3000,
    documents: 2,
    covered: 1000,
    queued: 0,
    dead_lettered: 0,
    lost: { truncated: 500 },
    skipped: 0,
    before: 0,
    gaps: [{ offset: 1000, length: 1500 }],
    doubled: [{ offset: 0, length: 10 }],
  })
  assert.equal(
    summaryText(withReport(noFiles, report!)),
    '1 file (1 closed), 2 documents, 1,000 bytes; 500 bytes lost, with cause; GAPS: 1,500 bytes in 1 file; DOUBLED: 10 bytes in 1 file\n',
  )
})
