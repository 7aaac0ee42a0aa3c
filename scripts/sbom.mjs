import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** No time, no random serial number: the same sources give the same file. */
const BOM = {
  $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
  bomFormat: 'CycloneDX',
  specVersion: '1.6',
  version: 1,
}

const json = (file) => JSON.parse(readFileSync(file, 'utf8'))

/** A scope is written with its @ as %40 (package-url/purl-spec, npm). */
const purl = (name, version) => `pkg:npm/${name.replace('@', '%40')}@${version}`

const names = (name) => {
  const [, group, own] = /^(@[^/]+)\/(.*)$/.exec(name) ?? []
  return group ? { group, name: own } : { name }
}

/** `sha512-<base64>` of package-lock.json: of the archive that the registry hands out. */
const hashesOf = (integrity) => {
  const [, content] = /^sha512-(\S+)$/.exec(integrity ?? '') ?? []
  return content ? { hashes: [{ alg: 'SHA-512', content: Buffer.from(content, 'base64').toString('hex') }] } : {}
}

const licensesOf = (license) =>
  /^[\w.+-]+$/.test(license) ? [{ license: { id: license } }] : [{ expression: license.replace(/^\((.*)\)$/, '$1') }]

const component = (root, locked, folder, type = 'library') => {
  const { name, version, license, description } = json(`${root}${folder}/package.json`)
  const ref = purl(name, version)
  return {
    type,
    'bom-ref': ref,
    ...names(name),
    version,
    ...(description ? { description } : {}),
    ...hashesOf(locked[folder]?.integrity),
    ...(license ? { licenses: licensesOf(license) } : {}),
    purl: ref,
  }
}

/** As Node finds it: the nearest node_modules upwards. */
const found = (folders, from, name) => {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    const folder = `${at === '' ? '' : `${at}/`}node_modules/${name}`
    if (folders.includes(folder)) return folder
    if (at === '') return undefined
  }
}

const byRef = (a, b) => (a.ref < b.ref ? -1 : 1)

/**
 * CycloneDX 1.6 of one bundle. `folders`: of the packages inside, below `root`; `tools`: of those that made it; `bytes`: the
 * bundle's own. What Node and its base image hold is their makers' to say.
 */
export const sbomText = ({ root, title, bytes, folders, tools }) => {
  const { version, description, license, dependencies, devDependencies } = json(`${root}package.json`)
  const { packages: locked } = json(`${root}package-lock.json`)
  const components = folders.map((folder) => component(root, locked, folder))
  const refOf = new Map(folders.map((folder, index) => [folder, components[index]['bom-ref']]))
  const own = `${title}@${version}`
  const dependsOn = (from, wanted = {}) =>
    Object.keys(wanted)
      .map((name) => refOf.get(found(folders, from, name)))
      .filter(Boolean)
      .sort()
  const subject = {
    type: 'application',
    'bom-ref': own,
    name: title,
    version,
    description,
    hashes: [{ alg: 'SHA-256', content: createHash('sha256').update(bytes).digest('hex') }],
    licenses: licensesOf(license),
  }
  const edges = [
    { ref: own, dependsOn: dependsOn('', { ...dependencies, ...devDependencies }) },
    ...folders.map((folder) => ({
      ref: refOf.get(folder),
      dependsOn: dependsOn(folder, json(`${root}${folder}/package.json`).dependencies),
    })),
  ]
  const metadata = {
    lifecycles: [{ phase: 'build' }],
    tools: { components: tools.map((folder) => component(root, locked, folder, 'application')) },
    component: subject,
  }
  return `${JSON.stringify({ ...BOM, metadata, components, dependencies: edges.sort(byRef) }, undefined, 2)}\n`
}
