import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { parseExposition, type ReadFamily } from '../../../agent/metrics/parse-exposition.ts'

const gauge = (name: string, samples: ReadFamily['samples']): ReadFamily => ({
  name,
  help: undefined,
  kind: undefined,
  samples,
})

test('families are read', async (t) => {
  const table: [name: string, text: string, expected: readonly ReadFamily[]][] = [
    ['nothing', '', []],
    ['comments and empty lines', '# EOF\n#\n \n# HELP\n', []],
    ['a metric without samples', '# HELP a b\n# TYPE a gauge\n', []],
    ['a bare sample', 'a 1\n', [gauge('a', [{ name: undefined, labels: {}, value: 1 }])]],
    [
      'help with escapes, type, labels with escapes and a comma at the end',
      '# HELP a b \\\\ \\n "c"\n# TYPE a counter\n\ta { x = "1 } \\" \\\\ \\n", y="" , }\t-1.5e3 \n',
      [
        {
          name: 'a',
          help: 'b \\ \n "c"',
          kind: 'counter',
          samples: [{ name: undefined, labels: { x: '1 } " \\ \n', y: '' }, value: -1500 }],
        },
      ],
    ],
    [
      'values that are no digits',
      'a +Inf\nb -Inf\nc NaN\n',
      [
        gauge('a', [{ name: undefined, labels: {}, value: Number.POSITIVE_INFINITY }]),
        gauge('b', [{ name: undefined, labels: {}, value: Number.NEGATIVE_INFINITY }]),
        gauge('c', [{ name: undefined, labels: {}, value: Number.NaN }]),
      ],
    ],
    [
      'a histogram, a summary, and a metric that is called like a part of one',
      [
        '# TYPE h histogram\nh_bucket{le="1.0"} 2\nh_bucket{le="+Inf"} 3\nh_sum 4\nh_count 3',
        '# TYPE s summary\ns{quantile="0.50"} 2\ns_sum 4\ns_count 3\nz_sum 1\n',
      ].join('\n'),
      [
        {
          name: 'h',
          help: undefined,
          kind: 'histogram',
          samples: [
            { name: 'h_bucket', labels: { le: '1' }, value: 2 },
            { name: 'h_bucket', labels: { le: '+Inf' }, value: 3 },
            { name: 'h_sum', labels: {}, value: 4 },
            { name: 'h_count', labels: {}, value: 3 },
          ],
        },
        {
          name: 's',
          help: undefined,
          kind: 'summary',
          samples: [
            { name: undefined, labels: { quantile: '0.5' }, value: 2 },
            { name: 's_sum', labels: {}, value: 4 },
            { name: 's_count', labels: {}, value: 3 },
          ],
        },
        gauge('z_sum', [{ name: undefined, labels: {}, value: 1 }]),
      ],
    ],
  ]
  for (const [name, text, expected] of table)
    await t.test(name, () => assert.deepEqual(parseExposition(text), expected))
})

test('what is not understood is refused with its line and without its words', async (t) => {
  const table: [text: string, message: string][] = [
    ['a 1', 'it does not end with a newline: it may be half written'],
    ['a 1\nroot:x:0\n', 'line 2: a value is no number'],
    ['$ 1\n', 'line 1: a line begins with no name that a metric may have'],
    ['a\n', 'line 1: a value is no number'],
    ['a 0x10\n', 'line 1: a value is no number'],
    ['a 1 1700000000000\n', 'line 1: a sample has a time stamp, which a text file’s must not have'],
    ['a{x="1"} 1\na{x="1"} 2\n', 'line 2: a series comes twice'],
    ['a{x="1",y="2"} 1\na{y="2",x="1"} 2\n', 'line 2: a series comes twice'],
    ['a{x="1",x="2"} 1\n', 'line 1: a label comes twice'],
    ['a{__name__="1"} 1\n', 'line 1: a label has no name that may be'],
    ['a{1="1"} 1\n', 'line 1: a label has no name that may be'],
    ['a{x=1} 1\n', 'line 1: a label has no value in quotes'],
    ['a{x"1"} 1\n', 'line 1: a label has no value in quotes'],
    ['a{x="1" y="2"} 1\n', 'line 1: labels are not parted by commas'],
    ['a{x="1\n', 'line 1: a label’s value does not end'],
    ['a{x="\\t"} 1\n', 'line 1: an escape is none of \\\\, \\" and \\n'],
    ['# TYPE a odd\n', 'line 1: a TYPE is none that there is'],
    ['# TYPE a constructor\n', 'line 1: a TYPE is none that there is'],
    ['a 1\n# TYPE a gauge\n', 'line 2: a TYPE comes second or after a sample'],
    ['# HELP a b\n# HELP a c\n', 'line 2: a metric has a second HELP'],
    ['# TYPE h histogram\nh 1\n', 'line 2: a histogram has a sample that is none of its parts'],
    ['# TYPE h histogram\nh_bucket 1\n', 'line 2: a value is no number'],
  ]
  for (const [text, message] of table)
    await t.test(JSON.stringify(text), () => assert.throws(() => parseExposition(text), { message }))
})

test('no text does more than to be refused', () => {
  const pieces = fc.constantFrom('a', '{', '}', '"', '\\', '=', ',', ' ', '\n', '1', '# TYPE ', '# HELP ', ' histogram')
  fc.assert(
    fc.property(fc.array(fc.oneof(pieces, fc.string()), { maxLength: 40 }), (parts) => {
      try {
        assert.ok(Array.isArray(parseExposition(parts.join(''))))
      } catch (error) {
        assert.match((error as Error).message, /^line \d+: |^it does not end with a newline/)
      }
    }),
  )
})
