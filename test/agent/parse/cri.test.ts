import assert from 'node:assert/strict'
import test from 'node:test'
import { parseCri } from '../../../agent/parse/cri.ts'

const T = '2026-11-20T10:00:00.123456789Z'

const table: readonly (readonly [line: string, expected: ReturnType<typeof parseCri>])[] = [
  [`${T} stdout F text`, { time: T, stream: 'stdout', partial: false, contentStart: 40 }],
  [`${T} stderr P text`, { time: T, stream: 'stderr', partial: true, contentStart: 40 }],
  [`${T} stdout F  two spaces`, { time: T, stream: 'stdout', partial: false, contentStart: 40 }],
  [`${T} stdout F `, { time: T, stream: 'stdout', partial: false, contentStart: 40 }],
  [`${T} stdout F`, { time: T, stream: 'stdout', partial: false, contentStart: 39 }],
  [`${T} stdout P:tag:other text`, { time: T, stream: 'stdout', partial: true, contentStart: 50 }],
  [`${T} stdout F: text`, { time: T, stream: 'stdout', partial: false, contentStart: 41 }],
  [
    '2026-11-20T10:00:00.5-03:30 stdout F text',
    { time: '2026-11-20T10:00:00.5-03:30', stream: 'stdout', partial: false, contentStart: 37 },
  ],
  [`${T} stdin F text`, undefined],
  [`${T} stdout X text`, undefined],
  [`${T} stdout FF text`, undefined],
  [`${T} stdout f text`, undefined],
  [`${T} stdout  F text`, undefined],
  [`${T}  stdout F text`, undefined],
  [`${T} stdoutF text`, undefined],
  [`${T} stdout `, undefined],
  [`${T} stdout`, undefined],
  [T, undefined],
  ['', undefined],
  ['2026-02-30T10:00:00Z stdout F text', undefined],
]

for (const [line, expected] of table)
  test(`CRI: ${JSON.stringify(line)}`, () => assert.deepEqual(parseCri(Buffer.from(line)), expected))
