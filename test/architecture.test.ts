import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import test from 'node:test'

/** The import rules of the house, executed. A stage is a folder below agent/; outputs are stages of their own. */

const read = (file: string): string => readFileSync(file, 'utf8')
const sources = globSync('{agent,controller,lib}/**/*.ts')
  .filter((f) => !f.startsWith('agent/kernel/assembly/'))
  .sort()

const importsOf = (file: string): string[] =>
  [...read(file).matchAll(/(?:^|\n)\s*(?:import|export)\b[^;'"]*?from\s+'([^']+)'|import\(\s*'([^']+)'/g)].map(
    (m) => (m[1] ?? m[2]) as string,
  )
const localImportsOf = (file: string): string[] =>
  importsOf(file)
    .filter((i) => i.startsWith('.'))
    .map((i) => normalize(join(dirname(file), i)))

/** The wiring: main.ts and its neighbours, and pipeline/. */
const stageOf = (file: string): string => {
  const parts = file.split('/')
  if (parts[0] !== 'agent' || parts.length < 3 || parts[1] === 'pipeline')
    return parts[0] === 'agent' ? 'root' : (parts[0] as string)
  return parts[1] === 'output' && parts.length > 3 ? `output/${parts[2]}` : (parts[1] as string)
}

/** Who may import whom besides itself, event.ts and lib/. `root` (main.ts, pipeline.ts, …) wires and may import all. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  kernel: ['parse'],
  // What a document reserves and what its data stream may be called is said there once.
  config: ['document'],
  // Commands that look into the state folder read its formats by the code that writes them.
  cli: ['config', 'search', 'store', 'buffer', 'state'],
  search: [],
  // Where a query meets a store: find-documents.ts.
  store: ['search'],
  // The page is served as the metrics are; its reader asks the store, and its browser code parses queries as that does.
  page: ['search', 'server', 'store'],
  // Which data streams there are is said once.
  'output/elasticsearch': ['output', 'document'],
  'output/local': ['output', 'store'],
  'output/file': ['output'],
  'output/stdout': ['output'],
}

test('event.ts imports nothing', () => assert.deepEqual(importsOf('agent/event.ts'), []))

test('stages meet only in event.ts and in the wiring', () => {
  const broken = sources
    .filter((f) => f.startsWith('agent/') && stageOf(f) !== 'root')
    .flatMap((file) =>
      localImportsOf(file)
        .filter((to) => {
          const [own, other] = [stageOf(file), stageOf(to)]
          return !(own === other || to === 'agent/event.ts' || other === 'lib' || ALLOWED[own]?.includes(other))
        })
        .map((to) => `${file} imports ${to}`),
    )
  assert.deepEqual(broken, [])
})

/** The controller's folders below the wiring in controller/*.ts; besides itself, cluster.ts and lib/ a folder may import these. */
const CONTROLLER: Readonly<Record<string, readonly string[]>> = {
  plan: [],
  watch: ['plan'],
  // What the watches keep is what is observed.
  observe: ['plan', 'watch'],
  act: ['plan'],
  lead: ['plan'],
  // What is frozen is said there once.
  guard: ['plan', 'rollout'],
  // It reads objects as the watches do, and judges as the guard does.
  cli: ['plan', 'watch', 'guard', 'cleanup', 'taint', 'lead'],
  // It takes away what taint and lead put there, with the lease in its hands.
  cleanup: ['act', 'lead', 'plan', 'taint', 'watch'],
  queue: [],
  // How agents fare is a reason to stop.
  rollout: ['plan', 'health'],
  health: ['plan'],
  taint: ['plan'],
  // Flags become the settings of what is planned.
  config: ['taint', 'lead'],
  // It tells of what act does, and of what became of it.
  telemetry: ['act'],
}

test('the folders of the controller meet in the cluster’s types and in the wiring', () => {
  const folderOf = (file: string): string => (file.split('/').length > 2 ? (file.split('/')[1] as string) : '')
  const broken = sources
    .filter((file) => file.startsWith('controller/') && folderOf(file) in CONTROLLER)
    .flatMap((file) =>
      localImportsOf(file)
        .filter((to) => !to.startsWith('lib/') && to !== 'controller/cluster.ts')
        .filter((to) => ![folderOf(file), ...(CONTROLLER[folderOf(file)] ?? [])].includes(folderOf(to)))
        .map((to) => `${file} imports ${to}`),
    )
  assert.deepEqual(broken, [])
})

test('lib knows nothing of the product, and agent and controller nothing of each other', () => {
  const broken = sources.flatMap((file) =>
    localImportsOf(file)
      .filter((to) => {
        const [from, into] = [file.split('/')[0], to.split('/')[0]]
        return from === 'lib' ? into !== 'lib' : from !== into && into !== 'lib'
      })
      .map((to) => `${file} imports ${to}`),
  )
  assert.deepEqual(broken, [])
})

/** No clock, randomness, timers, process, network, disk or console. */
const PURE = [
  'agent/parse/**/*.ts',
  'controller/act/{decision,event-body,event-correlator,lru-cache}.ts',
  'agent/document/**/*.ts',
  'agent/metrics/documents/**/*.ts',
  'agent/feed/{match,ledger,first-line-ms}.ts',
  'agent/search/**/*.ts',
  'agent/config/compile*.ts',
  'agent/output/**/{verdict,backoff}*.ts',
  'controller/guard/**/*.ts',
  'controller/rollout/**/*.ts',
  'controller/taint/**/*.ts',
  'controller/health/{data-health,judge-health,parse-samples,read-output-counts}.ts',
  'controller/cluster.ts',
  'controller/plan/**/*.ts',
  'controller/watch/{triggers,object-store,node-concerns,shape-*}.ts',
  'controller/config/**/*.ts',
  'controller/{lead/lease,lead/decide,queue/resource-version,act/slow-start}.ts',
]
const IMPURE =
  /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bset(Timeout|Interval|Immediate)\b|\bprocess\.|\bconsole\.|from 'node:(fs|net|http|https|child_process|timers|os|process)/

test('pure files are pure', () => {
  const broken = PURE.flatMap((pattern) => globSync(pattern)).flatMap((file) => {
    const found = IMPURE.exec(read(file).replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, ''))
    return found ? [`${file}: ${found[0]}`] : []
  })
  assert.deepEqual(broken, [])
})

test('the plan imports nothing but the plan and the types of the cluster', () => {
  const broken = globSync('controller/plan/**/*.ts').flatMap((file) =>
    importsOf(file)
      .filter(
        (i) => !i.startsWith('.') || !/^controller\/(plan\/|cluster\.ts$)/.test(normalize(join(dirname(file), i))),
      )
      .map((i) => `${file} imports ${i}`),
  )
  assert.deepEqual([...broken, ...importsOf('controller/cluster.ts')], [])
})

test('process.exit and process.env live in main and config alone', () => {
  const broken = sources
    .filter((f) => !/(^|\/)main\.ts$|^agent\/config\//.test(f))
    .filter((f) => /\bprocess\.(exit|env)\b/.test(read(f)))
  assert.deepEqual(broken, [])
})

/** Node's recursive mkdir turns for ever where a folder exists and says ENOENT to whoever makes one in it (/proc). */
test('folders are made by lib/io alone', () => {
  const broken = sources.filter((f) => !f.startsWith('lib/io/') && /\bmkdir(Sync)?\(.*\brecursive: true/.test(read(f)))
  assert.deepEqual(broken, [])
})

test('files are named after the one thing they hold', () => {
  const vague = sources.filter((f) => /\/(utils?|helpers?|common|types|misc|index)\.ts$/.test(f))
  const unkebab = sources.filter((f) => !/\/[a-z0-9]+(-[a-z0-9]+)*(\.generated)?\.ts$/.test(`/${f}`))
  assert.deepEqual([...vague, ...unkebab], [])
})

/** Neither another file of the product nor its own uses it: then only a test does, and the code is not there for a user. */
const FOR_TESTS_ALONE: Readonly<Record<string, string>> = {
  'agent/config/json-schema.ts#jsonSchema': 'scripts/golden.mjs writes docs/configuration.schema.json with it',
  'agent/config/reference-page.ts#referencePage': 'scripts/golden.mjs writes docs/configuration.md with it',
  'agent/telemetry/self-metrics-page.ts#selfMetricsPage': 'scripts/golden.mjs writes docs/self-metrics.md with it',
}

const NAMED_IMPORT = /(?:import|export)\s+(?:type\s+)?\{([^}]*)\}\s*from\s*'(\.[^']+)'/g

const importedNames = (file: string): string[] =>
  [...read(file).matchAll(NAMED_IMPORT)].flatMap(([, names = '', path = '']) => {
    const to = normalize(join(dirname(file), path))
    return names.split(',').map((name) => `${to}#${name.trim().replace(/^type\s+|\s+as\s.*$/g, '')}`)
  })

test('no export is there for tests alone', () => {
  const imported = new Set([...sources, ...globSync('scripts/*.mjs')].flatMap(importedNames))
  const unused = sources.flatMap((file) => {
    const code = read(file).replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')
    return [...code.matchAll(/^export (?:async )?(?:const|function|class|interface|type) (\w+)/gm)]
      .map(([, name]) => name as string)
      .filter((name) => !imported.has(`${file}#${name}`) && code.split(new RegExp(`\\b${name}\\b`)).length === 2)
      .map((name) => `${file}#${name}`)
  })
  assert.deepEqual(unused.sort(), Object.keys(FOR_TESTS_ALONE).sort())
})

test('no file is a crowd', () => {
  // event.ts is one file by rule, and holds nothing but types.
  const crowded = sources.filter((f) => read(f).split('\n').length > (f === 'agent/event.ts' ? 400 : 310))
  assert.deepEqual(crowded, [])
})
