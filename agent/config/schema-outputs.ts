import * as Type from 'typebox'
import {
  anyFields,
  block,
  choice,
  dataStreamPart,
  duration,
  flag,
  integer,
  listOf,
  named,
  path,
  secret,
  secretMap,
  size,
  text,
  url,
  variant,
} from './option.ts'

const buffer = block(
  {
    total_limit_size: size({
      default: '1GiB',
      least: '1MiB',
      most: '1TiB',
      description: 'Disk that this output’s queue may use.',
    }),
    overflow_action: choice(['block', 'drop_oldest_chunk'], {
      default: 'block',
      description:
        'What happens when the queue is full: `block` stops reading for this output (the log files are the buffer, as long as kubelet keeps them); `drop_oldest_chunk` gives up the oldest records, and counts them.',
    }),
    flush_interval: duration({
      default: '200ms',
      least: '10ms',
      most: '10m',
      description: 'How long records may wait for company before they are sent.',
    }),
    chunk_limit_size: size({
      default: '768KiB',
      least: '64KiB',
      most: '8MiB',
      description:
        'A chunk that has grown to this is sent at once. Counted in bytes of the request’s body before compression. Three chunks of this size are all that an output keeps in memory.',
    }),
    spill_after: duration({
      default: '5s',
      least: '0',
      most: '1h',
      description: 'A chunk that has waited in memory for its verdict this long is written to disk.',
    }),
    retry_initial_interval: duration({
      default: '1s',
      least: '10ms',
      most: '10m',
      description:
        'Upper bound of the first wait after a failure; it doubles with each further one. The wait itself is drawn evenly from between 0 and the bound (full jitter).',
    }),
    retry_max_interval: duration({
      default: '60s',
      least: '100ms',
      most: '1h',
      description: 'What the bound never grows beyond. Retries never end.',
    }),
    dead_letter_limit_size: size({
      default: '100MiB',
      least: '1MiB',
      most: '1TiB',
      description: 'Disk for records that the output rejected for good, with its reasons.',
    }),
    dead_letter_overflow: choice(['drop_oldest', 'block'], {
      default: 'drop_oldest',
      description:
        'What happens when the dead letters have reached their limit: the oldest go, or the output stops until somebody has looked.',
    }),
    max_in_flight: integer({ default: 2, least: 1, most: 16, description: 'Requests under way at the same time.' }),
  },
  { description: 'The queue in front of the output. The words are fluentd’s.' },
)

const common = {
  match: text({
    default: '**',
    description:
      'Which records the output takes, by tag, in fluentd’s patterns: `*` is one part of a tag, `**` any number of parts, `{a,b}` either; several patterns are separated by blanks.',
    examples: ['kube.shop.**', '{kube.**,syslog}'],
  }),
  buffer,
  log_file_path: choice(['auto', true, false], {
    default: 'auto',
    description:
      'Whether documents carry `log.file.path`. `auto`: those of plain files do. The path of a container’s log is made of its pod, namespace, container and container id, which are in the document anyway; it is a seventh of every body.',
  }),
  fields: anyFields({
    description:
      'Fields added to every document, nested or with dots in their names. `@timestamp`, `message`, `stream`, `data_stream` and, below `log`, `file`, `offset`, `length`, `spans`, `flags`, `lost` and `skipped` cannot be set.',
    examples: [{ labels: { region: 'eu-1' } }],
  }),
}

/** Not of files and pipes: nobody holds them against the logs, and their readers expect lines of logs. */
const closing = {
  closing_documents: flag({
    default: true,
    description:
      'When a log file has ended, one document more tells of it: its size, and which bytes are in no document and why. `picket audit` proves with it that a file is complete.',
  }),
}

const elasticsearch = variant(
  {
    kind: Type.Literal('elasticsearch', { description: 'Elasticsearch 8 and 9, and OpenSearch.' }),
    hosts: listOf(url({ description: 'A URL.' }), {
      minItems: 1,
      instead: 'cloud_id',
      description:
        'URLs of the nodes, with port and, behind a reverse proxy, path. Requests take turns; a dead host is left out and tried again. Credentials do not belong here.',
      examples: [['https://es-0.example:9200', 'https://es-1.example:9200']],
    }),
    cloud_id: Type.Optional(
      text({
        description: 'The Cloud ID of a deployment, as Elastic Cloud’s console shows it; instead of `hosts`.',
        examples: ['logs:ZXUtd2VzdC0xLmF3cy5mb3VuZC5pbyQ4YmQ0JDllNTA='],
      }),
    ),
    proxy: Type.Optional(
      url({
        description:
          'URL of an HTTP proxy on the way to the hosts: CONNECT for `https`, whole addresses for `http`. The environment is not looked at by itself; a reference to `HTTPS_PROXY` here says that it shall be.',
        examples: ['http://proxy.example:3128'],
      }),
    ),
    proxy_username: Type.Optional(text({ description: 'User at the proxy; needs `proxy_password`.' })),
    proxy_password: Type.Optional(secret({ description: 'Password at the proxy; needs `proxy_username`.' })),
    no_proxy: Type.Optional(
      text({
        description:
          'Hosts that are reached without the proxy, separated by commas, as in `NO_PROXY`: names (with all below them), `.name` (only what is below), addresses, networks such as `10.0.0.0/8`, `*`.',
        examples: ['localhost,.internal.example,10.0.0.0/8'],
      }),
    ),
    api_key: Type.Optional(secret({ description: 'API key in its encoded form, as Kibana shows it.' })),
    username: Type.Optional(text({ description: 'User of basic authentication; needs `password`.' })),
    password: Type.Optional(secret({ description: 'Password of basic authentication; needs `username`.' })),
    bearer_token: Type.Optional(secret({ description: 'Token of a service account or of an identity provider.' })),
    ca_file: Type.Optional(
      path({
        description: 'PEM file of the authorities to trust instead of the well-known ones.',
        defaultText: 'the well-known ones',
      }),
    ),
    ca_fingerprint: Type.Optional(
      text({
        pattern: '^([0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}$',
        patternText: '32 bytes in hexadecimal, with or without colons',
        description: 'SHA-256 fingerprint of the authority, as Elasticsearch prints it at its first start.',
      }),
    ),
    cert_file: Type.Optional(path({ description: 'PEM file of the client’s certificate; needs `key_file`.' })),
    key_file: Type.Optional(path({ description: 'PEM file of the client’s private key; needs `cert_file`.' })),
    key_passphrase: Type.Optional(secret({ description: 'Passphrase of an encrypted `key_file`.' })),
    insecure_skip_verify: flag({
      default: false,
      description: 'Accepts any certificate. For a test, never for a cluster.',
    }),
    compression: choice(['fast', 'none', 1, 2, 3, 4, 5, 6, 7, 8, 9], {
      default: 'fast',
      description:
        'How the request bodies are compressed with gzip: `fast` is the kernel’s own (a tenth of the size at a tenth of zlib’s cost), `1` to `9` are zlib’s levels.',
    }),
    data_stream: Type.Optional(
      block(
        {
          dataset: Type.Optional(
            dataStreamPart({
              description: 'Puts everything into this dataset, whatever the source says.',
              defaultText: 'the source’s `dataset`',
            }),
          ),
          namespace: dataStreamPart({ default: 'default', description: 'Last part of the data stream’s name.' }),
        },
        {
          description: 'The data stream `logs-<dataset>-<namespace>`.',
          defaultText: 'the source’s dataset, namespace `default`',
        },
      ),
    ),
    index: Type.Optional(
      text({
        pattern: '^[^A-Z\\\\/*?"<>|\\s,#:_+-][^A-Z\\\\/*?"<>|\\s,#:]*$',
        patternText:
          'a valid index name: lower case, no blanks and none of \\ / * ? " < > | , # :, not beginning with _ - +',
        description: 'A plain index or alias instead of data streams.',
      }),
    ),
    pipeline: Type.Optional(text({ description: 'Ingest pipeline that every document goes through.' })),
    idempotent: flag({
      default: true,
      description:
        'Sends `_id`s derived from file and offset, so that a repeated request doubles nothing. `false` is for LogsDB with `route_on_sort_fields`, which makes its own.',
    }),
    headers: secretMap({ description: 'Further headers of every request. Their values are treated as secrets.' }),
    request_timeout: duration({
      default: '30s',
      least: '100ms',
      most: '10m',
      description: 'A request without an answer by then is given up, and sent again.',
    }),
    manage_template: choice(['auto', 'always', 'never'], {
      default: 'auto',
      description:
        '`auto` installs an index template for the data streams where none matches and the key allows it; `always` installs one that wins over Elasticsearch’s built-in `logs` template, but not over an integration’s; `never` looks at nothing and installs nothing.',
    }),
    require_data_stream: choice(['auto', true, false], {
      default: 'auto',
      description:
        'Lets Elasticsearch refuse to make a plain index where a data stream is meant. `auto`: yes for Elasticsearch, no for OpenSearch, which does not know the parameter.',
    }),
    ...closing,
    ...common,
  },
  { title: 'elasticsearch', description: 'Bulk requests to Elasticsearch or OpenSearch.' },
)

const local = variant(
  {
    kind: Type.Literal('local', { description: 'The embedded store.' }),
    path: Type.Optional(path({ description: 'The store’s file.', defaultText: '`<state_dir>/store.db`' })),
    max_size: size({
      default: '512MiB',
      least: '1MiB',
      most: '1TiB',
      description: 'The oldest records go when the store grows beyond this.',
    }),
    max_age: duration({ default: '7d', least: '1m', most: '3650d', description: 'Records older than this go.' }),
    ...closing,
    ...common,
  },
  { title: 'local', description: 'The embedded store, which `picket search` and `picket tail` read.' },
)

const file = variant(
  {
    kind: Type.Literal('file', { description: 'A file of JSON lines.' }),
    path: path({ description: 'The file. Its folder is made where it does not exist.' }),
    rotate_size: size({
      default: '100MiB',
      least: '0',
      most: '1TiB',
      description: 'The file is rotated when it has grown to this. `0`: never.',
    }),
    keep: integer({ default: 5, least: 1, most: 1000, description: 'Rotated files that are kept.' }),
    ...common,
  },
  { title: 'file', description: 'Documents as JSON lines in a file.' },
)

const stdout = variant(
  { kind: Type.Literal('stdout', { description: 'The terminal or a pipe.' }), ...common },
  {
    title: 'stdout',
    description: 'Documents as JSON lines on the standard output. The agent’s own log goes to the standard error.',
  },
)

export const outputsSchema = named(Type.Union([elasticsearch, local, file, stdout]), {
  description:
    'Where records go: one output or more, each under a name of your choice. Each has its own place in every file and its own queue, so that one that is stuck holds up no other. The name is the label `output` of the metrics, and the state folder knows its positions by it: a new name starts anew.',
})
