const at = (group: string, resource: string, namespace: string, name?: string): string =>
  `${group}/namespaces/${encodeURIComponent(namespace)}/${resource}${name === undefined ? '' : `/${encodeURIComponent(name)}`}`

/** Where objects are; without a name, their collection. */
export const podPath = (namespace: string, name?: string): string => at('/api/v1', 'pods', namespace, name)
export const daemonSetPath = (namespace: string, name: string): string =>
  at('/apis/apps/v1', 'daemonsets', namespace, name)
export const revisionPath = (namespace: string, name?: string): string =>
  at('/apis/apps/v1', 'controllerrevisions', namespace, name)
export const eventPath = (namespace: string, name?: string): string => at('/api/v1', 'events', namespace, name)
