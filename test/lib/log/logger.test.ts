import assert from 'node:assert/strict'
import test from 'node:test'
import { createLogger, defaultLoggerOptions, type LoggerOptions } from '../../../lib/log/logger.ts'
import { createModelClock } from '../../support/model-clock.ts'

const setUp = (options: Partial<LoggerOptions> = {}) => {
  const clock = createModelClock()
  const lines: string[] = []
  const logger = createLogger({ ...defaultLoggerOptions, ...options }, clock, {
    write: (line) => void lines.push(line),
  })
  return { clock, lines, logger }
}

test('a line is one JSON object with time, level, kind, data and a sentence', () => {
  const { lines, logger } = setUp()
  logger.child({ part: 'queue' }).log('warn', 'queue_full', 'a queue is "full"', { output: 'search', bytes: 5 })
  assert.deepEqual(lines, [
    '{"level":"warn","time":"2026-11-20T10:00:00.000Z","kind":"queue_full","part":"queue","output":"search","bytes":5,"message":"a queue is \\"full\\""}\n',
  ])
})

test('lines below the level are left out and take no share of their kind', () => {
  const { lines, logger } = setUp({ burst: 1 })
  logger.log('debug', 'a', 'unseen')
  logger.log('info', 'a', 'seen')
  assert.deepEqual(
    lines.map((l) => JSON.parse(l).message),
    ['seen'],
  )
})

test('what was suppressed is said once, at the end of the window', async () => {
  const { clock, lines, logger } = setUp({ burst: 1 })
  for (let i = 0; i < 4; i++) logger.log('warn', 'file_refused', 'a path is not read')
  await clock.advance(10_000)
  logger.close()
  assert.deepEqual(
    lines.map((l) => JSON.parse(l)),
    [
      { level: 'warn', time: '2026-11-20T10:00:00.000Z', kind: 'file_refused', message: 'a path is not read' },
      {
        level: 'info',
        time: '2026-11-20T10:00:10.000Z',
        kind: 'suppressed',
        suppressed_kind: 'file_refused',
        suppressed_lines: 3,
        message: 'more lines of one kind came than its share; they were counted and left out',
      },
    ],
  )
})

test('the terminal gets short lines', () => {
  const { lines, logger } = setUp({ format: 'terminal' })
  logger.log('warn', 'k', 'a sentence', { path: '/a b', n: 1 })
  assert.match(lines.join(''), /^\d\d:\d\d:\d\d warn {2}a sentence path="\/a b" n=1\n$/)
})
