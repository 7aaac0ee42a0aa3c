/** A secret, asked for at each request, so that a rotated file or token is taken up without a restart. May throw. */
export type Secret = () => string

export type Auth =
  | { readonly kind: 'none' }
  /** The `encoded` form that `POST /_security/api_key` returns (base64 of id:key). */
  | { readonly kind: 'api_key'; readonly apiKey: Secret }
  | { readonly kind: 'basic'; readonly username: string; readonly password: Secret }
  | { readonly kind: 'bearer'; readonly token: Secret }

/** PEM texts. Asked for at each request; other ones are taken over with new connections as soon as they fit together. */
export interface TlsOptions {
  /** Authorities to trust instead of Node's own list. */
  readonly ca: Secret | undefined
  /** SHA-256 of the authority's certificate, in hexadecimal: trust this one, whatever else the chain is. */
  readonly caFingerprint: string | undefined
  readonly certificate: Secret | undefined
  readonly key: Secret | undefined
  readonly keyPassphrase: Secret | undefined
  /** false accepts any certificate. */
  readonly verify: boolean
}

/** What stands between the agent and the hosts. */
export interface ProxyOptions {
  /** http:// or https://. */
  readonly url: string
  readonly username: string | undefined
  readonly password: Secret | undefined
  /** Hosts that are reached without it; entries as in NO_PROXY. */
  readonly noProxy: readonly string[]
}

export type Target =
  | { readonly kind: 'data_stream'; readonly name: string }
  /** Where action lines carry no `_index` of their own. */
  | { readonly kind: 'index'; readonly name: string }

/** `none`: plain bodies. `fast`: bodies come gzipped from the kernel, those that do not get zlib's level 1. A number: zlib's level. */
export type Compression = 'none' | 'fast' | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9

/**
 * `auto`: install ours where no template matches the target. `always`: ours takes precedence over the built-in `logs`
 * template (not over an integration's). `never`: look at nothing, install nothing.
 */
export type ManageTemplate = 'auto' | 'always' | 'never'

export interface ElasticsearchOptions {
  readonly name: string
  /** http(s) URLs, a path prefix is kept; credentials in the URL stand in where `auth` is none. At least one. */
  readonly hosts: readonly string[]
  readonly target: Target
  readonly auth: Auth
  readonly tls: TlsOptions
  /** undefined: none. The environment (HTTPS_PROXY) is not looked at. */
  readonly proxy?: ProxyOptions
  /** Sent with every request; names in any case. */
  readonly headers: Readonly<Record<string, Secret>>
  readonly compression: Compression
  /** Ingest pipeline, instead of the stream's default one. */
  readonly pipeline: string | undefined
  /** From the first byte sent to the last byte of the answer. */
  readonly requestTimeoutMs: number
  /** Sockets per host. */
  readonly requestsInFlight: number
  readonly manageTemplate: ManageTemplate
  /** The namespace of the data streams of the node's metrics; undefined where none are sent. */
  readonly metricsNamespace?: string | undefined
  /** `auto`: asked for until the server says that it does not know the parameter (OpenSearch). Of no effect on a plain index. */
  readonly requireDataStream: 'auto' | boolean
  /** Of Picket, for user-agent. */
  readonly version: string
}
