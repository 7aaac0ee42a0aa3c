// Bundles the agent into one file, dist/picket.mjs, the controller into another, dist/picket-controller.mjs, and says what went into
// each: dist/LICENSES.txt, dist/LICENSES-controller.txt, and beside each bundle its SBOM, NAME.cdx.json. `node scripts/build.mjs ENTRY
// OUTFILE` makes one.
// One file each because that is what costs least memory (docs/performance.md); names are kept, so that stacks and profiles can be read.
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { licensesText } from './licenses.mjs'
import { sbomText } from './sbom.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const revision = () => {
  try {
    // Of one length in every clone: git's own choice grows with the number of objects.
    return execFileSync('git', ['rev-parse', '--short=12', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim()
  } catch {
    return ''
  }
}

/**
 * Parts of packages that are loaded with them and that we never call. Each is replaced by a module that says so when it is
 * called after all. Keys are paths below node_modules, without their extension.
 */
const UNUSED = {
  // Worker threads for transports; we hand pino a plain destination.
  'thread-stream/index': 'pino transports',
  'pino/lib/transport': 'pino transports',
  'pino/lib/multistream': 'pino multistream',
  'on-exit-leak-free/index': 'pino transports',
  // The part of prom-client that neither program has.
  'prom-client/lib/cluster': 'prom-client cluster',
  'prom-client/lib/pushgateway': 'prom-client push gateway',
  'prom-client/lib/defaultMetrics': 'prom-client default metrics',
  'prom-client/lib/summary': 'prom-client summary',
}
const UNUSED_IN_AGENT = { ...UNUSED, 'prom-client/lib/histogram': 'prom-client histogram' }
const UNUSED_IN_CONTROLLER = {
  ...UNUSED,
  // Of the official client only configuration and credentials: requests go over node:http (1.5 MB of bundle).
  '@kubernetes/client-node/dist/gen/index': { exports: ['createConfiguration', 'ServerConfiguration'] },
  'undici/index': 'undici',
  // Asks for what colours its lines, which nobody turns on here.
  'debug/src/index': { contents: 'module.exports = () => Object.assign(() => {}, { enabled: false })' },
}

/** A bundle beyond its limit has caught a package that it should not hold: raise it only with a measurement of resident memory. */
const TARGETS = {
  'agent/main.ts': {
    outfile: 'dist/picket.mjs',
    limitBytes: 1_040_000,
    unused: UNUSED_IN_AGENT,
    licenses: 'LICENSES.txt',
    // The node page is inside.
    morePackages: () => JSON.parse(readFileSync(`${root}build/page-packages.json`, 'utf8')),
  },
  'controller/main.ts': {
    outfile: 'dist/picket-controller.mjs',
    limitBytes: 700_000,
    unused: UNUSED_IN_CONTROLLER,
    licenses: 'LICENSES-controller.txt',
    morePackages: () => [],
  },
}

/** The compilers of the kernel and of the bundle. */
const MADE_BY = ['assemblyscript', 'esbuild']

const thrower = (what) =>
  `class Unused { constructor() { throw new Error(${JSON.stringify(`${what} is not in this bundle (scripts/build.mjs)`)}) } }`

/** A class, so that `class X extends unused` still loads; anything done with it throws. An ES module has to name its exports. */
const stub = (key, what) => {
  if (what.contents) return what.contents
  if (what.exports) return `${thrower(key)}\nexport { ${what.exports.map((name) => `Unused as ${name}`).join(', ')} }`
  return `${thrower(what)}\nmodule.exports = new Proxy(Unused, { get: (target, key) => (key in target ? target[key] : Unused) })\n`
}

const unusedKey = (path) => path.slice(path.lastIndexOf('node_modules') + 'node_modules/'.length).replace(/\.c?js$/, '')

const stubs = (unused) => ({
  name: 'stubs',
  setup(b) {
    b.onLoad({ filter: /[\\/]node_modules[\\/].*\.c?js$/ }, ({ path }) => {
      const key = unusedKey(path)
      return key in unused ? { contents: stub(key, unused[key]), loader: 'js' } : undefined
    })
  },
})

/**
 * An import of node:http from an ES module reads every one of its exports, and with WebSocket and its like comes undici: 16 MB
 * resident (45 without, 61 with; docs/performance.md). Asked for as CommonJS does, a module gives only what is used.
 */
const own = (name) => createRequire(import.meta.url)(name)
const eager = (name) => `module.exports = process.getBuiltinModule(${JSON.stringify(name)})`

/** Modules that packages ask for at their top and few configurations use: loaded when something of them is first touched. */
const LAZY = new Set(['https', 'tls', 'readline', 'crypto', 'child_process', 'sqlite', 'http2', 'v8', 'assert'])
const lazy = (name) => `for (const key of ${JSON.stringify(Object.keys(own(`node:${name}`)))})
  Object.defineProperty(module.exports, key, { enumerable: true, configurable: true, get: () => {
    const value = process.getBuiltinModule('node:${name}')[key]
    Object.defineProperty(module.exports, key, { enumerable: true, value })
    return value
  } })`

const builtins = {
  name: 'builtins',
  setup(b) {
    const names = new Set(own('node:module').builtinModules)
    b.onResolve({ filter: /^[a-z0-9_:/]+$/ }, ({ path }) => {
      const name = path.replace(/^node:/, '')
      return path.startsWith('node:') || names.has(name) ? { path: name, namespace: 'builtin' } : undefined
    })
    b.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents:
        path === 'worker_threads' ? 'exports.isMainThread = true' : LAZY.has(path) ? lazy(path) : eager(`node:${path}`),
      loader: 'js',
    }))
  },
}

const BUILT_READ = /readFileSync\(\s*new URL\('[./]*\/build\/([a-z.]+)', import\.meta\.url\),?\s*\)/g

/** What is already text is not made a third longer. */
const embedded = (name) =>
  name.endsWith('.json')
    ? JSON.stringify(readFileSync(`${root}build/${name}`, 'utf8'))
    : `Buffer.from('${readFileSync(`${root}build/${name}`).toString('base64')}', 'base64')`

/** In a clone the kernel and the node page are read from build/; a bundle carries them inside. */
const built = {
  name: 'built',
  setup(b) {
    b.onLoad({ filter: /[\\/]agent[\\/](kernel|page|pipeline)[\\/][^\\/]+\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8')
      const contents = text.replaceAll(BUILT_READ, (_, name) => embedded(name))
      return contents === text ? undefined : { contents, loader: 'ts' }
    })
  },
}

/** Bytes of the output by package (or by our own folders), largest first. */
const shares = (outputs) => {
  const sums = new Map()
  for (const [input, { bytesInOutput }] of Object.entries(outputs.inputs)) {
    const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1] ?? input.split('/').slice(0, 2).join('/')
    sums.set(name, (sums.get(name) ?? 0) + bytesInOutput)
  }
  return [...sums].sort((a, b) => b[1] - a[1])
}

/** Folders of the packages of which something was taken, other than what stands in for an unused part. */
const packagesIn = (output, unused) =>
  Object.entries(output.inputs)
    .filter(([input, { bytesInOutput }]) => bytesInOutput > 0 && !(unusedKey(input) in unused))
    .map(([input]) => /.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0])
    .filter(Boolean)

const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`

if (!existsSync(`${root}build/kernel.wasm`))
  execFileSync(process.execPath, [`${root}scripts/build-kernel.mjs`], { stdio: 'inherit' })
// Always: it takes a moment, and an old page in a new bundle would be found by users.
execFileSync(process.execPath, [`${root}scripts/build-page.mjs`], { stdio: 'inherit' })
const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'))

/** What is wrong with the bundle. */
const bundle = async (entry, outfile, { limitBytes, unused, licenses, morePackages }) => {
  const folder = dirname(outfile)
  mkdirSync(folder, { recursive: true })

  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node26',
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
    define: { PICKET_VERSION: JSON.stringify(version), PICKET_REVISION: JSON.stringify(revision()) },
    // CommonJS packages ask for Node's own modules by require, which an ES module has not.
    banner: {
      js: "#!/usr/bin/env node\nimport { createRequire as picketRequire } from 'node:module';const require = picketRequire(import.meta.url);",
    },
    plugins: [stubs(unused), builtins, built],
  })

  const output = Object.values(metafile.outputs)[0]
  const text = readFileSync(outfile, 'utf8')
  const faults = []

  // A file that is looked up beside the source is not there beside the bundle.
  const strays =
    text.replace('picketRequire(import.meta.url)', '').match(/.{0,80}import\.meta\.(url|dirname|filename).{0,40}/g) ??
    []
  faults.push(...strays.map((stray) => `the bundle looks for a file beside its source: ${stray}`))

  const foreign = output.imports
    .map((i) => i.path)
    .filter((p) => !p.startsWith('node:') && !own('node:module').builtinModules.includes(p))
  faults.push(...foreign.map((path) => `not bundled and not Node's own: ${path}`))

  if (output.bytes > limitBytes)
    faults.push(
      `${outfile} has ${output.bytes} bytes, more than ${limitBytes}: something large was pulled in (see the shares above)`,
    )

  const folders = [...new Set([...packagesIn(output, unused), ...morePackages()])].sort()
  const title = basename(outfile, '.mjs')
  const tools = MADE_BY.map((name) => `node_modules/${name}`)
  writeFileSync(`${folder}/${licenses}`, licensesText(root, folders))
  writeFileSync(`${folder}/${title}.cdx.json`, sbomText({ root, title, bytes: text, folders, tools }))
  chmodSync(outfile, 0o755)

  for (const [name, bytes] of shares(output).slice(0, 12)) console.log(`${kilobytes(bytes).padStart(10)}  ${name}`)
  console.log(`${kilobytes(output.bytes).padStart(10)}  ${relative(root, outfile)} (limit ${kilobytes(limitBytes)})`)
  return faults
}

const [asked, outfile] = process.argv.slice(2)
const faults = []
for (const [entry, target] of Object.entries(TARGETS))
  if (asked === undefined || asked === entry)
    faults.push(...(await bundle(entry, resolve(root, outfile ?? target.outfile), target)))
for (const fault of faults) console.error(fault)
if (faults.length > 0) process.exitCode = 1
