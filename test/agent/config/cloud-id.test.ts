import assert from 'node:assert/strict'
import test from 'node:test'
import { parseCloudId } from '../../../agent/config/cloud-id.ts'

const encode = (text: string): string => Buffer.from(text).toString('base64')
const host = (url: string) => ({ kind: 'host', url })
const mistake = (problem: string) => ({ kind: 'mistake', problem })
const cut = mistake('does not hold a domain: a part of it may be missing')

/** The forms that elastic/beats' libbeat/cloudid knows, and what people paste instead. */
const table: readonly [name: string, cloudId: string, expected: object][] = [
  [
    'as the console shows it',
    `logs:${encode('eu-west-1.aws.found.io$8bd4$9e50')}`,
    host('https://8bd4.eu-west-1.aws.found.io:443'),
  ],
  ['without a name', encode('found.io$8bd4$9e50'), host('https://8bd4.found.io:443')],
  ['a name with colons', `a:b:${encode('found.io$8bd4$9e50')}`, host('https://8bd4.found.io:443')],
  ['a port for all', `logs:${encode('found.io:9243$8bd4$9e50')}`, host('https://8bd4.found.io:9243')],
  ['a port of its own', `logs:${encode('found.io:9243$8bd4:9244$9e50')}`, host('https://8bd4.found.io:9244')],
  ['without a Kibana', `logs:${encode('found.io$8bd4')}`, host('https://8bd4.found.io:443')],
  ['the name alone', 'logs:', mistake('ends with its name: what stands behind the colon is missing')],
  ['not base64', 'logs:!!!', mistake('is not base64 behind its name')],
  ['a URL', 'https://8bd4.found.io:9243', cut],
  ['cut off', `logs:${encode('found.io')}`, mistake('names no Elasticsearch: take that of the deployment')],
  [
    'of a deployment without Elasticsearch',
    `l:${encode('found.io$undefined$9e50')}`,
    mistake('names no Elasticsearch: take that of the deployment'),
  ],
  ['no domain', `l:${encode('$8bd4$9e50')}`, cut],
  ['something else in base64', `l:${encode('{"a":1}')}`, cut],
  [
    'a path in it',
    `l:${encode('found.io$8bd4/x$9e50')}`,
    mistake('does not hold the id of an Elasticsearch: a part of it may be missing'),
  ],
  ['a port that is none', `l:${encode('found.io:99999$8bd4$9e50')}`, mistake('holds no valid port')],
]
for (const [name, cloudId, expected] of table) {
  test(`cloud id, ${name}`, () => assert.deepEqual(parseCloudId(cloudId), expected))
}
