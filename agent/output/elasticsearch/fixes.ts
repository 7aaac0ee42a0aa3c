/**
 * What to do about a refusal that no retry of ours can end: the server's type and reason in, one sentence for the operator
 * out; undefined where the refusal is about the document (or passes by itself). Every entry is a state of the cluster or of
 * our credentials that would otherwise send every document to the dead-letter file one by one.
 */

interface Fix {
  readonly type: RegExp
  readonly reason?: RegExp
  readonly fix: string
}

const itemFixes: readonly Fix[] = [
  {
    type: /^cluster_block_exception$/,
    reason: /read-only-allow-delete|flood-stage/,
    fix: 'its disk is nearly full: free space or add nodes; Elasticsearch lifts the block itself below the high watermark (index.blocks.read_only_allow_delete)',
  },
  {
    type: /^cluster_block_exception$/,
    fix: 'the index or cluster is blocked for writes: remove the block (index.blocks.write, index.blocks.read_only, cluster.blocks.read_only)',
  },
  {
    type: /^security_exception$/,
    fix: 'the credentials may not write here: grant auto_configure and create_doc on this data stream (docs/elasticsearch.md, "Least privilege")',
  },
  {
    type: /^index_not_found_exception$/,
    fix: 'no index template with data_stream matches this name: install one (docs/elasticsearch.md, "Template")',
  },
  { type: /^index_closed_exception$/, fix: 'the index is closed: open it (POST /<index>/_open)' },
  // elastic/elasticsearch ShardLimitValidator: a 400 per item when a data stream or its next backing index is to be made.
  {
    type: /^(validation_exception|illegal_argument_exception)$/,
    reason: /maximum (normal |frozen )?shards open/,
    fix: 'the cluster has reached its shard limit: delete indices, add data nodes or raise cluster.max_shards_per_node',
  },
  {
    type: /^illegal_argument_exception$/,
    reason: /^pipeline with id \[[^\]]*\] does not exist/,
    fix: 'create the ingest pipeline, or take `pipeline` out of the output',
  },
  {
    type: /^illegal_argument_exception$/,
    reason: /no write index is defined for alias/,
    fix: 'the target is an alias without a write index: set is_write_index on one of its indices',
  },
]

export const itemFix = (status: number, type: string, reason: string): string | undefined => {
  const known = itemFixes.find((fix) => fix.type.test(type) && (fix.reason?.test(reason) ?? true))
  if (known) return known.fix
  if (status === 404)
    return 'there is nothing of this name to write to: install an index template with data_stream, or look at `index` (docs/elasticsearch.md, "Template")'
  if (status === 403) return 'the server forbids this write: look at the credentials and at the blocks of the index'
  return undefined
}

const wholeFixes: Readonly<Record<number, string>> = {
  401: 'the server does not accept the credentials: set api_key, username and password, or bearer_token of this output to valid ones',
  403: 'the credentials may not write: grant auto_configure and create_doc on the data stream (docs/elasticsearch.md, "Least privilege")',
  404: 'there is no _bulk at this address: `hosts` must name the root of Elasticsearch or OpenSearch',
  405: 'there is no _bulk at this address: `hosts` must name the root of Elasticsearch or OpenSearch',
  406: 'the server refuses the media type application/x-ndjson: something in between, or not Elasticsearch or OpenSearch',
  407: 'the proxy asks for credentials: set proxy_username and proxy_password to valid ones',
  415: 'the server refuses the media type application/x-ndjson: something in between, or not Elasticsearch or OpenSearch',
}

/** The same for an answer that refuses a request as a whole. */
export const wholeFix = (status: number, type: string, reason: string): string | undefined => {
  if (type === 'cluster_block_exception') return itemFix(status, type, reason)
  if (status >= 300 && status < 400) return 'the server sends us elsewhere: set `hosts` to the final address'
  return wholeFixes[status]
}

const connectionFixes: readonly (readonly [RegExp, string])[] = [
  [/^the proxy \S+: answered 407/, 'set proxy_username and proxy_password to valid ones'],
  [/^the proxy \S+: answered 403/, 'let the proxy connect to this host and port, or name the host in no_proxy'],
  [/^the proxy \S+: .*ENOTFOUND/, 'the name in `proxy` does not exist'],
  [
    /unable to (verify|get)|self.signed|UNABLE_TO/i,
    "the server's certificate is signed by nobody we trust: set ca_file",
  ],
  [/certificate has expired|certificate is not yet valid/i, "the server's certificate is outside its dates: renew it"],
  [
    /does not match certificate/i,
    "the server's certificate is for other names: use one of them in `hosts`, or renew it",
  ],
  [/alert|certificate required/i, 'the server asks for a client certificate: set cert_file and key_file'],
  [/wrong version number|packet length too long/i, 'the server speaks plain HTTP there: use http:// in `hosts`'],
  [/CA fingerprint does not match/, "the server's authority is another than ca_fingerprint says"],
  [/ENOTFOUND/, 'the name in `hosts` does not exist'],
  [/^ENOENT|^EACCES/, 'a file that the output names (ca_file, cert_file, key_file) cannot be read'],
]

/** The same for a connection that could not be used: only what will not pass by itself. */
export const connectionFix = (message: string): string | undefined =>
  connectionFixes.find(([pattern]) => pattern.test(message))?.[1]

/**
 * OpenSSL's line without the parts that name its source files and change with every connection; and what a system calls a broken
 * pipe.
 */
export const connectionWords = (message: string): string =>
  message === 'write EPIPE'
    ? 'the server closed the connection in the middle of the request'
    : message.replace(/^.*?error:[0-9A-F]{8}:[^:]*:[^:]*:([^:]+):.*$/s, 'TLS: $1').trim()
