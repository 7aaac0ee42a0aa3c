import assert from 'node:assert/strict'
import test from 'node:test'
import { rolloutRequest } from '../../../controller/act/rollout-requests.ts'
import { daemonSetOf, templateOf } from '../../support/rollout-cluster.ts'

const daemonSet = daemonSetOf('v2', { 'picket.dev/auto-rollback': 'true' })

test('annotations are merged: others stay, and another DaemonSet of the same name is refused', () => {
  const annotations = { 'picket.dev/rollout-state': '{}', 'picket.dev/resume': null }
  assert.deepEqual(rolloutRequest({ kind: 'annotate_daemon_set', daemonSet, annotations, why: '' }), {
    method: 'PATCH',
    path: '/apis/apps/v1/namespaces/logs/daemonsets/agent',
    contentType: 'application/merge-patch+json',
    body: { metadata: { uid: 'ds', annotations } },
  })
})

test('a template is put back only over the one that was given up, and remembered in the same request', () => {
  const annotations = { 'picket.dev/rollout-state': '{"bad":"v2"}' }
  const request = rolloutRequest({
    kind: 'restore_template',
    daemonSet,
    template: templateOf('v1'),
    annotations,
    why: '',
  })
  assert.deepEqual(request, {
    method: 'PATCH',
    path: '/apis/apps/v1/namespaces/logs/daemonsets/agent',
    contentType: 'application/json-patch+json',
    body: [
      { op: 'test', path: '/metadata/uid', value: 'ds' },
      { op: 'test', path: '/spec/template', value: templateOf('v2') },
      { op: 'replace', path: '/spec/template', value: templateOf('v1') },
      { op: 'add', path: '/metadata/annotations/picket.dev~1rollout-state', value: '{"bad":"v2"}' },
    ],
  })
})
