/** The command line as a table: what is parsed, and what `--help` says, both come from here. */
export interface OptionSpec {
  /** What the value is called in the help; absent: the option is a switch. */
  readonly value?: string
  readonly short?: string
  readonly many?: boolean
  readonly about: string
}

export interface CommandSpec {
  readonly usage: string
  readonly summary: string
  readonly about: readonly string[]
  readonly options: readonly OptionName[]
  readonly examples: readonly string[]
}

export const OPTIONS = {
  config: { value: 'FILE', short: 'c', about: 'the configuration; without it the embedded default' },
  'state-dir': { value: 'DIR', about: 'the state folder where there is no --config (default .picket)' },
  'path.procfs': { value: 'DIR', about: 'where the node’s /proc is mounted; wins over metrics.procfs' },
  'path.sysfs': { value: 'DIR', about: 'where the node’s /sys is mounted; wins over metrics.sysfs' },
  'path.rootfs': { value: 'DIR', about: 'where the node’s / is mounted; wins over metrics.rootfs' },
  once: { about: 'read what is there, deliver it, and end' },
  since: { value: 'TIME', about: 'not older: 10m, 2h, 3d ago, or 2026-01-31, 2026-01-31T12:00:00Z' },
  until: { value: 'TIME', about: 'not younger; the same forms' },
  limit: { value: 'N', about: 'at most so many, the newest ones (default 1000)' },
  order: { value: 'ORDER', about: 'asc (oldest first, the default) or desc' },
  namespace: { value: 'GLOB', many: true, about: 'of these namespaces; may be repeated' },
  pod: { value: 'GLOB', many: true, about: 'of these pods; may be repeated' },
  container: { value: 'GLOB', many: true, about: 'of these containers; may be repeated' },
  output: { value: 'NAME', about: 'of this output, where there are several' },
  all: { about: 'all of them (replay needs this or ids)' },
  retention: { value: 'TIME', about: 'documents are deleted when they are so old: 30d, 12h' },
  'dry-run': { about: 'say what would be done, and do nothing' },
  json: { about: 'JSON, one object per line (the default in a pipe)' },
  'no-color': { about: 'no colours (the default in a pipe)' },
  help: { short: 'h', about: 'this help' },
  version: { short: 'V', about: 'the version' },
} as const satisfies Record<string, OptionSpec>

export type OptionName = keyof typeof OPTIONS

const ROOTS = ['path.procfs', 'path.sysfs', 'path.rootfs'] as const
const STORE = ['config', 'state-dir', 'namespace', 'pod', 'container', 'json', 'no-color', 'help'] as const

export const COMMANDS = {
  run: {
    usage: 'picket [run] [--config FILE] [--once]',
    summary: 'run the agent (the default)',
    about: [
      'Reads the logs of this node and delivers them, until it is stopped. SIGTERM and',
      'Ctrl-C stop it: what has been read is delivered or written to the state folder.',
      'A second signal ends it at once, also without loss.',
      'Without --config it reads /var/log/containers into the embedded store.',
    ],
    options: ['config', 'state-dir', 'once', ...ROOTS, 'help', 'version'],
    examples: ['picket --config /etc/picket/picket.yaml', 'picket --config picket.yaml --once'],
  },
  start: {
    usage: 'picket start [--state-dir DIR]',
    summary: 'run on the embedded default, with a sample workload where there are no containers',
    about: [
      'As `run` without a configuration. Where this machine has no /var/log/containers,',
      'a sample workload is started beside the agent: a process of its own that writes',
      'real log files and rotates them.',
    ],
    options: ['state-dir', ...ROOTS, 'help'],
    examples: ['picket start'],
  },
  search: {
    usage: 'picket search [QUERY] [--since TIME] [--namespace GLOB] …',
    summary: 'search the embedded store',
    about: [
      'QUERY is words, "phrases", word*, AND, OR, NOT, and field:value; without it',
      'everything is found. Works beside a running agent.',
    ],
    options: ['since', 'until', 'limit', 'order', ...STORE],
    examples: [
      "picket search 'timeout AND pod:web*' --since 10m",
      'picket search --namespace shop --since 2h --json | jq .message',
    ],
  },
  tail: {
    usage: 'picket tail [QUERY] [--namespace GLOB] …',
    summary: 'follow the embedded store',
    about: ['Shows records as they come in. QUERY is the same as that of `search`.'],
    options: ['since', ...STORE],
    examples: ['picket tail --namespace shop', 'picket tail error --since 5m'],
  },
  audit: {
    usage: 'picket audit [--config FILE] [--output NAME] [--since TIME] …',
    summary: 'prove from the store that no byte of a log is missing or doubled',
    about: [
      'Adds up, for every log file, the bytes that its documents stand for, in the embedded',
      'store or in Elasticsearch, and what the state folder of this machine holds: queued and',
      'dead-lettered records. Lists every gap and every doubled range. Works beside a running',
      'agent. Exit codes: 0 nothing missing or doubled, 1 something is, 2 it cannot be told.',
    ],
    options: ['output', 'since', 'until', ...STORE],
    examples: ['picket audit', 'picket audit --config /etc/picket/picket.yaml --namespace shop --since 1d'],
  },
  'dead-letters': {
    usage: 'picket dead-letters list | show ID… | replay ID…|--all  [--output NAME] …',
    summary: 'look at documents that an output refused for good, and send them again',
    about: [
      'list    one line for each: id, output, place, time, status, pod, size, reason',
      'show    all of a record: verdict, action and document as they were sent',
      'replay  sends them again through the output, with the same _id; what is taken now',
      '        goes from the dead-letter file, what is refused stays with its new reason',
      'ID is an id of the list, or its beginning. Works beside a running agent.',
    ],
    options: ['output', 'since', 'limit', 'all', 'dry-run', 'config', 'state-dir', 'json', 'no-color', 'help'],
    examples: [
      'picket dead-letters list --since 1h',
      'picket dead-letters show 3fa91c',
      'picket dead-letters replay --all --output search --config /etc/picket/picket.yaml',
    ],
  },
  elasticsearch: {
    usage: 'picket elasticsearch setup | remove  --config FILE [--retention TIME] [--dry-run]',
    summary: 'set up the index templates and the retention of the elasticsearch outputs, or take them away',
    about: [
      'setup   installs the index templates as the agent would, by manage_template; with',
      '        --retention also makes the data streams and has them delete old documents',
      'remove  deletes the index templates that are still as Picket made them; no documents',
      'Both can be repeated. Exit codes: 0 all is as it was asked for, 1 something is not.',
    ],
    options: ['config', 'retention', 'dry-run', 'help'],
    examples: [
      'picket elasticsearch setup --config /etc/picket/picket.yaml --retention 30d',
      'picket elasticsearch remove --config /etc/picket/picket.yaml',
    ],
  },
  validate: {
    usage: 'picket validate FILE [--json]',
    summary: 'explain every mistake of a configuration, or print it with its defaults',
    about: [
      'With mistakes: each with its place, what was found, and what is allowed; exit code 1.',
      'Without: the configuration as the agent takes it, defaults filled in, secrets as ***.',
    ],
    options: ['json', 'no-color', 'help'],
    examples: ['picket validate picket.yaml'],
  },
} as const satisfies Record<string, CommandSpec>

export type CommandName = keyof typeof COMMANDS

export const isCommand = (word: string): word is CommandName => Object.hasOwn(COMMANDS, word)
