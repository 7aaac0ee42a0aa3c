// Compiles the node page (agent/page/browser) to build/page.json: each file compressed, under its address. Run by `npm ci` (prepare).
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { constants, gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const browser = 'agent/page/browser'

/** Everything together, as it goes over the wire; the page's data comes on top of it, and 150 KB is the promise for both. */
const LIMIT_BYTES = 60_000

const { outputFiles, metafile } = await build({
  absWorkingDir: root,
  entryPoints: [`${browser}/main.ts`, `${browser}/page.css`],
  outdir: 'build/page',
  bundle: true,
  minify: true,
  format: 'esm',
  target: ['chrome120', 'firefox121', 'safari17'],
  legalComments: 'none',
  metafile: true,
  write: false,
  logLevel: 'warning',
})

const packed = (type, content) => ({
  type,
  etag: `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`,
  gzip: gzipSync(content, { level: constants.Z_BEST_COMPRESSION }).toString('base64'),
})
const compiled = (extension) => Buffer.from(outputFiles.find(({ path }) => path.endsWith(extension)).contents)
const plain = (name) => readFileSync(`${root}${browser}/${name}`)

const assets = {
  '/': packed('text/html; charset=utf-8', plain('index.html')),
  '/page.js': packed('text/javascript; charset=utf-8', compiled('.js')),
  '/page.css': packed('text/css; charset=utf-8', compiled('.css')),
  '/icon.svg': packed('image/svg+xml', plain('icon.svg')),
}
const packages = [
  ...new Set(
    Object.keys(metafile.inputs)
      .map((input) => /.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0])
      .filter(Boolean),
  ),
].sort()

mkdirSync(`${root}build`, { recursive: true })
writeFileSync(`${root}build/page.json`, JSON.stringify(assets))
// scripts/build.mjs ships the licences of these too.
writeFileSync(`${root}build/page-packages.json`, JSON.stringify(packages))

const bytes = Object.values(assets).reduce((sum, { gzip }) => sum + Buffer.from(gzip, 'base64').length, 0)
if (bytes > LIMIT_BYTES) {
  console.error(`the node page has ${bytes} bytes, compressed; more than ${LIMIT_BYTES}`)
  process.exitCode = 1
}
