import assert from 'node:assert/strict'
import test from 'node:test'
import {
  compareLogNames,
  parseLinkName,
  parseLogName,
  parsePodFolder,
  parsePodsPath,
} from '../../../agent/source/container-path.ts'
import { containerId } from './support/bench.ts'

test('names of links', () => {
  const long = `${'p'.repeat(100)}_${'n'.repeat(60)}_${'c'.repeat(60)}`
  for (const [name, expected] of [
    [`web-1_shop_app-${containerId}.log`, { pod: 'web-1', namespace: 'shop', container: 'app', containerId }],
    [
      `a.b-c.d_kube-system_x-y-${containerId}.log`,
      { pod: 'a.b-c.d', namespace: 'kube-system', container: 'x-y', containerId },
    ],
    [
      `${long}-${containerId}`.slice(0, 251).concat('.log'),
      {
        pod: 'p'.repeat(100),
        namespace: 'n'.repeat(60),
        container: 'c'.repeat(60),
        containerId: containerId.slice(0, 28),
      },
    ],
    [
      `${'p'.repeat(180)}_${'n'.repeat(60)}_${'c'.repeat(9)}.log`,
      { pod: 'p'.repeat(180), namespace: 'n'.repeat(60), container: 'c'.repeat(9), containerId: undefined },
    ],
    ['web-1_shop_app-abc.log', undefined],
    [`shop_app-${containerId}.log`, undefined],
    [`web-1_shop_app-${containerId}.log.1`, undefined],
    ['syslog', undefined],
  ] as const) {
    assert.deepEqual(parseLinkName(name), expected, name)
  }
})

test("names of pods' folders and of logs", () => {
  assert.deepEqual(parsePodFolder('shop_web-1_u-i-d'), { namespace: 'shop', pod: 'web-1', uid: 'u-i-d' })
  for (const name of ['shop_web-1', 'a_b_c_d', '__', 'lost+found']) assert.equal(parsePodFolder(name), undefined, name)
  for (const [name, expected] of [
    ['0.log', { restart: 0, rotatedAt: '', archive: false }],
    ['12.log.20261121-060708', { restart: 12, rotatedAt: '20261121-060708', archive: false }],
    ['0.log.20261121-060708.123', { restart: 0, rotatedAt: '20261121-060708.123', archive: false }],
    ['0.log.20261121-060708.gz', { restart: 0, rotatedAt: '20261121-060708', archive: true }],
    ['0.log.20261121-060708.tmp', undefined],
    ['0.log.20261121-060708.gz.tmp', undefined],
    ['0.log.gz', undefined],
    ['a.log', undefined],
    ['0.log.1', undefined],
  ] as const) {
    assert.deepEqual(parseLogName(name), expected, name)
  }
})

test('a path into a pod folder', () => {
  assert.deepEqual(parsePodsPath('/var/log/pods/shop_web-1_uid/app/3.log'), {
    root: '/var/log/pods',
    folder: { namespace: 'shop', pod: 'web-1', uid: 'uid' },
    container: 'app',
    name: { restart: 3, rotatedAt: '', archive: false },
  })
  assert.equal(parsePodsPath('/var/lib/docker/containers/x/x-json.log'), undefined)
})

test('logs in the order in which they were written', () => {
  const names = [
    '1.log',
    '0.log',
    '0.log.20261121-060709',
    '0.log.20261121-060708.gz',
    '0.log.20261121-060708',
    '0.log.20261121-060709.5',
  ]
  const sorted = names.map((name) => ({ name, ...parseLogName(name)! })).sort(compareLogNames)
  assert.deepEqual(
    sorted.map(({ name }) => name),
    [
      '0.log.20261121-060708',
      '0.log.20261121-060708.gz',
      '0.log.20261121-060709',
      '0.log.20261121-060709.5',
      '0.log',
      '1.log',
    ],
  )
})
