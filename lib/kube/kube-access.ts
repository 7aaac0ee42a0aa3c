/** How to reach an API server. Files are read again for every request: tokens expire, certificates are renewed in place. */
export interface KubeAccess {
  /** http://… or https://host:port, optionally with a path before /api. */
  readonly server: string
  readonly tokenFile: string | undefined
  readonly caFile: string | undefined
  readonly certFile: string | undefined
  readonly keyFile: string | undefined
}
