import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { sbomText } from '../../scripts/sbom.mjs'
import { bomFaults } from '../support/cyclone-dx.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const make = (folders: readonly string[]) =>
  sbomText({ root, title: 'picket', bytes: 'the bundle', folders, tools: ['node_modules/esbuild'] })

const FOLDERS = ['node_modules/@noble/hashes', 'node_modules/prom-client', 'node_modules/tdigest', 'node_modules/uplot']

test('an SBOM is CycloneDX 1.6, and the same each time', () => {
  const text = make(FOLDERS)
  assert.deepEqual([bomFaults(text), make(FOLDERS) === text], [[], true])
})

test('the schema is one that finds mistakes', () => {
  const broken = JSON.parse(make(FOLDERS))
  broken.components[0].licenses[0].license.id = 'no such licence'
  broken.components[1].hashes[0].content = 'short'
  delete broken.components[2].name
  const faults = bomFaults(JSON.stringify(broken)).join('\n')
  for (const place of ['/components/0/licenses/0/license/id', '/components/1/hashes/0/content', '/components/2 '])
    assert.ok(faults.includes(place), `${place} in ${faults}`)
})

test('an SBOM names each package by its purl, with the licence and the hash of the lock file, and what needs what', () => {
  const { metadata, components, dependencies } = JSON.parse(make(FOLDERS))
  const { packages } = JSON.parse(readFileSync(`${root}package-lock.json`, 'utf8'))
  const version = (name: string): string => packages[`node_modules/${name}`].version
  const sha512 = (name: string): string =>
    Buffer.from(packages[`node_modules/${name}`].integrity.slice('sha512-'.length), 'base64').toString('hex')
  const purls = {
    noble: `pkg:npm/%40noble/hashes@${version('@noble/hashes')}`,
    promClient: `pkg:npm/prom-client@${version('prom-client')}`,
    tdigest: `pkg:npm/tdigest@${version('tdigest')}`,
    uplot: `pkg:npm/uplot@${version('uplot')}`,
  }
  assert.deepEqual(
    components.map((one: { readonly purl: string }) => one.purl),
    Object.values(purls),
  )
  const { description, ...noble } = components[0]
  assert.equal(typeof description, 'string')
  assert.deepEqual(noble, {
    type: 'library',
    'bom-ref': purls.noble,
    group: '@noble',
    name: 'hashes',
    version: version('@noble/hashes'),
    hashes: [{ alg: 'SHA-512', content: sha512('@noble/hashes') }],
    licenses: [{ license: { id: 'MIT' } }],
    purl: purls.noble,
  })
  assert.equal(metadata.tools.components[0].purl, `pkg:npm/esbuild@${version('esbuild')}`)
  assert.deepEqual(
    dependencies,
    [
      { ref: `picket@${metadata.component.version}`, dependsOn: [purls.noble, purls.promClient, purls.uplot] },
      { ref: purls.noble, dependsOn: [] },
      { ref: purls.promClient, dependsOn: [purls.tdigest] },
      { ref: purls.tdigest, dependsOn: [] },
      { ref: purls.uplot, dependsOn: [] },
    ].sort((a, b) => (a.ref < b.ref ? -1 : 1)),
  )
})
