import assert from 'node:assert/strict'
import test from 'node:test'
import { firstToAdopt, growthOf, isFinal, type Name, nameOf, pathLookDelayMs } from '../../../agent/source/rotation.ts'
import { siblingMembers } from '../../../agent/source/sibling-members.ts'

test('what a look at the size says', () => {
  for (const [known, size, touched, same, expected] of [
    [10, 10, false, false, 'same'],
    [10, 10, true, true, 'same'],
    [10, 10, true, false, 'rewritten'],
    [10, 11, true, true, 'grown'],
    [10, 11, true, false, 'rewritten'],
    [10, 9, true, true, 'rewritten'],
    [0, 5, true, true, 'grown'],
  ] as const) {
    assert.equal(
      growthOf(known, { size, links: 1 }, touched, () => same),
      expected,
    )
  }
})

test('what a name has come to', () => {
  assert.deepEqual(
    [
      nameOf('same', 1, false),
      nameOf('same', 1, true),
      nameOf('other', 0, false),
      nameOf('nothing', 0, false),
      nameOf('nothing', 1, false),
    ],
    ['live', 'superseded', 'rotated', 'deleted', 'rotated'],
  )
})

test('when a size is the last word', () => {
  const cases: [Name, number, number, boolean, boolean][] = [
    ['live', 100, 1e9, true, false],
    ['rotated', 0, 1e9, true, false],
    ['rotated', 1, 0, true, true],
    ['rotated', 1, 4999, false, false],
    ['rotated', 1, 5000, false, true],
    ['deleted', 1, 4999, true, false],
    ['deleted', 1, 5000, false, true],
    ['superseded', 5, 5000, false, true],
  ]
  for (const [name, looks, ms, successorKnown, expected] of cases) {
    assert.equal(
      isFinal({ name, looks, ms, successorKnown }, 5000),
      expected,
      `${name} ${looks} ${ms} ${successorKnown}`,
    )
  }
})

test('which rotated files are adopted', () => {
  const [o, x] = [false, true]
  for (const [known, unseen, expected] of [
    [[o, o, x], [o, o, o], 3],
    [[o, x, o], [o, o, o], 2],
    [[x, o, x, o], [o, o, o, o], 3],
    [[o, o, o], [o, x, x], 1],
    [[o, o, o], [o, o, o], 3],
    [[], [], 0],
  ] as const) {
    assert.equal(firstToAdopt(known, unseen), expected)
  }
})

test('a busy file is looked for at its path in every round, an idle one every two seconds', () => {
  assert.deepEqual([pathLookDelayMs(0), pathLookDelayMs(9_999), pathLookDelayMs(10_000)], [0, 0, 2_000])
})

test('rotated files beside a plain one, oldest first', () => {
  const names = [
    'syslog',
    'syslog.1',
    'syslog.2.gz',
    'syslog.10.gz',
    'syslog-20261120.gz',
    'syslog-20261121',
    'syslog.old',
    'syslog2',
    'auth.log.1',
  ]
  assert.deepEqual(
    siblingMembers('/var/log/syslog', names).map(({ file, live, archive }) => [
      file.slice('/var/log/'.length),
      live,
      archive,
    ]),
    [
      ['syslog.10.gz', false, true],
      ['syslog.2.gz', false, true],
      ['syslog.1', false, false],
      ['syslog-20261120.gz', false, true],
      ['syslog-20261121', false, false],
      ['syslog', true, false],
    ],
  )
})
