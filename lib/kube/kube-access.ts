/** How to reach an API server. Files are read again for every request: tokens expire, certificates are renewed in place. */
export interface KubeAccess {
  /** http://… or https://host:port, optionally with a path before /api. */
  readonly server: string
  readonly tokenFile: string | undefined
  readonly caFile: string | undefined
  readonly certFile: string | undefined
  readonly keyFile: string | undefined
}

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount'

/** From a pod's environment (KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT) and its projected service account; undefined outside of a cluster. */
export const inClusterAccess = (host: string | undefined, port: string | undefined): KubeAccess | undefined => {
  if (!host || !port) return undefined
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    tokenFile: `${SERVICE_ACCOUNT}/token`,
    caFile: `${SERVICE_ACCOUNT}/ca.crt`,
    certFile: undefined,
    keyFile: undefined,
  }
}
