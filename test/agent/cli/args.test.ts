import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { type Command, parseCommand } from '../../../agent/cli/args.ts'
import { COMMANDS, OPTIONS } from '../../../agent/cli/commands.ts'

const roots = { procfs: undefined, sysfs: undefined, rootfs: undefined }
const run = { kind: 'run', once: false, config: undefined, stateDir: undefined, roots } as const
const tail = {
  kind: 'tail',
  query: '',
  namespaces: [],
  pods: [],
  containers: [],
  since: undefined,
  config: undefined,
  stateDir: undefined,
  json: false,
  color: true,
} as const
const search = { ...tail, kind: 'search', until: undefined, limit: 1000, order: 'asc' } as const

const { query: _, ...found } = tail
const audit = { ...found, kind: 'audit', output: undefined, until: undefined } as const

const letters = {
  kind: 'dead-letters',
  ids: [],
  output: undefined,
  since: undefined,
  limit: 1000,
  dryRun: false,
  config: undefined,
  stateDir: undefined,
  json: false,
  color: true,
} as const

const words = (line: string): string[] =>
  (line.match(/'[^']*'|\S+/g) ?? []).map((word) => word.replace(/^'(.*)'$/, '$1'))

test('command lines', () => {
  const table: [string, Command][] = [
    ['', run],
    ['run', run],
    ['--config p.yaml --once', { ...run, config: 'p.yaml', once: true }],
    ['-c p.yaml run', { ...run, config: 'p.yaml' }],
    ['--config=-weird.yaml', { ...run, config: '-weird.yaml' }],
    ['--config a --config b', { ...run, config: 'b' }],
    [
      'audit --output search --since 1d --namespace shop --json',
      { ...audit, output: 'search', since: { kind: 'ago', ms: 86_400_000 }, namespaces: ['shop'], json: true },
    ],
    [
      '--path.procfs /host/proc --path.sysfs=/host/sys --path.rootfs /host/root',
      { ...run, roots: { procfs: '/host/proc', sysfs: '/host/sys', rootfs: '/host/root' } },
    ],
    ['start --state-dir d', { kind: 'start', stateDir: 'd', roots }],
    ['start --path.procfs p', { kind: 'start', stateDir: undefined, roots: { ...roots, procfs: 'p' } }],
    [
      "search 'timeout AND pod:web*' --since 10m",
      { ...search, query: 'timeout AND pod:web*', since: { kind: 'ago', ms: 600_000 } },
    ],
    [
      'search a b --limit 5 --order desc --json --no-color',
      { ...search, query: 'a b', limit: 5, order: 'desc', json: true, color: false },
    ],
    [
      'search --namespace shop --namespace=web --pod p* --container c',
      { ...search, namespaces: ['shop', 'web'], pods: ['p*'], containers: ['c'] },
    ],
    ['search -- --once', { ...search, query: '--once' }],
    ['search run', { ...search, query: 'run' }],
    [
      'search --since 2026-01-31T12:00:00Z --until 2026-01-31T12:00:00.5+01:00',
      { ...search, since: { kind: 'at', epochMs: 1769860800000 }, until: { kind: 'at', epochMs: 1769857200500 } },
    ],
    ['tail --namespace shop --state-dir d', { ...tail, namespaces: ['shop'], stateDir: 'd' }],
    ['validate p.yaml --json', { kind: 'validate', file: 'p.yaml', json: true, color: true }],
    ['--version', { kind: 'version' }],
    ['-V', { kind: 'version' }],
    ['--help', { kind: 'help', topic: undefined }],
    ['help', { kind: 'help', topic: undefined }],
    ['help search', { kind: 'help', topic: 'search' }],
    ['search -h', { kind: 'help', topic: 'search' }],
    ['validate --help', { kind: 'help', topic: 'validate' }],
    ['run --help', { kind: 'help', topic: 'run' }],
    ['dead-letters list --output es --limit 5', { ...letters, action: 'list', output: 'es', limit: 5 }],
    ['dead-letters show 3fa9 3fb0c1', { ...letters, action: 'show', ids: ['3fa9', '3fb0c1'] }],
    ['dead-letters replay --all --dry-run -c p', { ...letters, action: 'replay', dryRun: true, config: 'p' }],
    ['dead-letters replay 3fa9 --json', { ...letters, action: 'replay', ids: ['3fa9'], json: true }],
  ]
  for (const [line, command] of table) assert.deepEqual(parseCommand(words(line)), command, line)
})

test('command lines that are not understood', () => {
  const table: [string, string][] = [
    ['serch x', 'there is no command serch; did you mean search?'],
    ['frobnicate', 'there is no command frobnicate; see picket --help'],
    ['help serch', 'there is no command serch; did you mean search?'],
    ['--conifg p.yaml', 'there is no option --conifg; did you mean --config?'],
    ['-x', 'there is no option -x; see picket --help'],
    ['search --once', '--once is not an option of search; see picket --help'],
    ['run --limit 5', '--limit is not an option of run; see picket --help'],
    ['--config', '--config needs a value: --config FILE'],
    ['--config --once', '--config needs a value: --config FILE'],
    ['--config=', '--config needs a value: --config FILE'],
    ['--once=yes', '--once takes no value'],
    ['run now', 'run takes no arguments, found now; see picket --help'],
    ['start p.yaml', 'start takes no arguments, found p.yaml; see picket --help'],
    ['validate', 'validate needs a file: picket validate FILE'],
    ['validate a b', 'validate takes one file, found b too'],
    ['search --limit 0', '--limit is a number from 1 to 999999999, not 0'],
    ['search --limit ten', '--limit is a number from 1 to 999999999, not ten'],
    ['search --order up', '--order is asc or desc, not up'],
    ['search --since yesterday', '--since is 10m, 2h, 3d, 2026-01-31 or 2026-01-31T12:00:00Z, not yesterday'],
    ['-c p --state-dir d', '--state-dir stands beside --config; a configuration names its own folder: state_dir'],
    ['dead-letters', 'dead-letters is followed by list, show or replay, not nothing'],
    ['dead-letters drop', 'dead-letters is followed by list, show or replay, not drop'],
    ['dead-letters list 3fa9', 'dead-letters list takes no ids; show does'],
    ['dead-letters show', 'dead-letters show needs an id'],
    ['dead-letters show XYZ', 'XYZ is no id: 4 to 12 of 0-9 and a-f, as dead-letters list shows them'],
    ['dead-letters replay', 'dead-letters replay needs ids, or --all'],
    ['dead-letters replay --all 3fa9', 'dead-letters replay needs ids, or --all'],
    ['dead-letters list --all', '--all is not an option of dead-letters list'],
    ['tail --until 5m', '--until is not an option of tail; see picket --help'],
  ]
  for (const [line, message] of table) assert.deepEqual(parseCommand(words(line)), { kind: 'usage', message }, line)
})

test('any command line gives an answer', () => {
  const known = [
    ...Object.keys(COMMANDS),
    ...Object.keys(OPTIONS).map((name) => `--${name}`),
    '-c',
    '--',
    '-',
    '-hV',
    'help',
    '--config=x',
    '__proto__',
    '--__proto__',
    '--constructor',
  ]
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.constantFrom(...known), fc.string()), { maxLength: 6 }), (argv) => {
      assert.ok(parseCommand(argv).kind)
    }),
    { numRuns: 1000 },
  )
})
