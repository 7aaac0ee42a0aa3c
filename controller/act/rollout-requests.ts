import type { ApiRequest } from '../../lib/kube/api-client.ts'
import type { AnnotateDaemonSet, DaemonSet, RestoreTemplate } from '../cluster.ts'

const pathOf = ({ namespace, name }: DaemonSet): string =>
  `/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}/daemonsets/${encodeURIComponent(name)}`

/** RFC 6901. */
const pointer = (...keys: readonly string[]): string =>
  keys.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')

/** A merge patch leaves everything alone that it does not name; the uid refuses (409) another DaemonSet of the same name. */
const annotate = ({ daemonSet, annotations }: AnnotateDaemonSet): ApiRequest => ({
  method: 'PATCH',
  path: pathOf(daemonSet),
  contentType: 'application/merge-patch+json',
  body: { metadata: { uid: daemonSet.uid, annotations } },
})

/**
 * As `kubectl rollout undo` writes it, with the annotations in the same request. The tests refuse it (422) where the DaemonSet has been
 * changed since: whoever has put in a third template meanwhile wants that one.
 */
const restore = ({ daemonSet, template, annotations }: RestoreTemplate): ApiRequest => ({
  method: 'PATCH',
  path: pathOf(daemonSet),
  contentType: 'application/json-patch+json',
  body: [
    { op: 'test', path: '/metadata/uid', value: daemonSet.uid },
    { op: 'test', path: '/spec/template', value: daemonSet.template },
    { op: 'replace', path: '/spec/template', value: template },
    ...Object.entries(annotations).map(([name, value]) => ({
      op: 'add',
      path: pointer('metadata', 'annotations', name),
      value,
    })),
  ],
})

export const rolloutRequest = (action: AnnotateDaemonSet | RestoreTemplate): ApiRequest =>
  action.kind === 'restore_template' ? restore(action) : annotate(action)
