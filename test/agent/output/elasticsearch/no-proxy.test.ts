import assert from 'node:assert/strict'
import test from 'node:test'
import { goesDirect } from '../../../../agent/output/elasticsearch/no-proxy.ts'

/** [host, entry of no_proxy, whether the proxy is left out] */
const table: readonly [url: string, entry: string, direct: boolean][] = [
  ['https://es.example', '*', true],
  ['https://es.example', 'es.example', true],
  ['https://ES.example', 'es.EXAMPLE', true],
  ['https://a.es.example', 'es.example', true],
  ['https://es.example', '.es.example', false],
  ['https://a.es.example', '.es.example', true],
  ['https://a.es.example', '*.es.example', true],
  ['https://notes.example', 'es.example', false],
  ['https://es.example:9200', 'es.example:9200', true],
  ['https://es.example:9201', 'es.example:9200', false],
  ['https://es.example', 'es.example:443', true],
  ['http://es.example', 'es.example:80', true],
  ['http://10.1.2.3:9200', '10.1.2.3', true],
  ['http://10.1.2.3:9200', '10.0.0.0/8', true],
  ['http://11.1.2.3:9200', '10.0.0.0/8', false],
  ['http://es.example', '10.0.0.0/8', false],
  ['http://10.1.2.3', '2.3', false],
  ['http://[fd00::1]:9200', 'fd00::1', true],
  ['http://[fd00::1]:9200', '[fd00::1]:9200', true],
  ['http://[fd00::1]:9200', 'fd00::/8', true],
  ['http://10.1.2.3', '10.0.0.0/99', false],
  ['http://10.1.2.3', 'nonsense/8', false],
]
for (const [url, entry, direct] of table) {
  test(`${url} with no_proxy ${entry}: ${direct ? 'direct' : 'through the proxy'}`, () =>
    assert.equal(goesDirect(new URL(url), [entry]), direct))
}
