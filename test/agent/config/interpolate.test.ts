import assert from 'node:assert/strict'
import test from 'node:test'
import { interpolate } from '../../../agent/config/interpolate.ts'

test('references to the environment', () => {
  const environment = { HOST: 'es', EMPTY: '', NESTED: `\${HOST}` }
  const plain = { missing: [], malformed: [] }
  const table: [string, ReturnType<typeof interpolate>][] = [
    ['nothing', { text: 'nothing', changed: false, ...plain }],
    ['http://$' + '{HOST}:9200', { text: 'http://es:9200', changed: true, ...plain }],
    ['$' + '{HOST}-$' + '{HOST}', { text: 'es-es', changed: true, ...plain }],
    ['$' + '{GONE:-spare}', { text: 'spare', changed: true, ...plain }],
    ['$' + '{GONE:-}', { text: '', changed: true, ...plain }],
    ['$' + '{EMPTY:-spare}', { text: 'spare', changed: true, ...plain }],
    ['$' + '{EMPTY}', { text: '', changed: true, ...plain }],
    ['$' + '{GONE}', { text: '', changed: true, missing: ['GONE'], malformed: [] }],
    ['$$' + '{HOST}', { text: '$' + '{HOST}', changed: true, ...plain }],
    ['$HOST $ {', { text: '$HOST $ {', changed: false, ...plain }],
    ['$' + '{my var}', { text: '$' + '{my var}', changed: true, missing: [], malformed: ['$' + '{my var}'] }],
    ['$' + '{open', { text: '$' + '{open', changed: true, missing: [], malformed: ['$' + '{open'] }],
    // What a variable holds is not looked into again.
    ['$' + '{NESTED}', { text: '$' + '{HOST}', changed: true, ...plain }],
  ]
  for (const [template, expected] of table) assert.deepEqual(interpolate(template, environment), expected, template)
})
