import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { bomFaults } from '../../support/cyclone-dx.ts'
import { BASE_IMAGE, buildArgs } from './build-images.ts'
import type { Layout } from './layout.ts'

export interface Unpacked {
  readonly image: Layout
  /** Its files. */
  readonly root: string
}

const PROGRAMS = {
  agent: { name: 'picket', licenses: 'LICENSES.txt', user: '0:0', args: ['--config', '/etc/picket/picket.yaml'] },
  controller: {
    name: 'picket-controller',
    licenses: 'LICENSES-controller.txt',
    user: '65532:65532',
    args: ['--mode=guard'],
  },
}
type Target = keyof typeof PROGRAMS

/** Wanted of the agent’s image: no more above its base. */
const ABOVE_BASE_LIMIT_BYTES = 60_000_000

const labelsOf = (target: Target) => {
  const { version, license } = JSON.parse(readFileSync(join(import.meta.dirname, '../../../package.json'), 'utf8'))
  const { REVISION, CREATED } = buildArgs()
  const source = 'https://github.com/picket/picket'
  return {
    title: `picket-${target}`,
    version,
    revision: REVISION,
    created: CREATED,
    source,
    url: source,
    documentation: `${source}#readme`,
    vendor: 'Picket',
    licenses: license,
    'base.name': BASE_IMAGE,
  }
}

const checkConfig = (target: Target, { image }: Unpacked): void => {
  const { Labels, ...config } = image.config
  const { description, ...labels } = Object.fromEntries(
    Object.entries(Labels)
      .filter(([key]) => key.startsWith('org.opencontainers.image.'))
      .map(([key, value]) => [key.slice('org.opencontainers.image.'.length), value]),
  )
  assert.deepEqual(labels, labelsOf(target))
  assert.match(description ?? '', /^\S.* Kubernetes node/)
  const { name, user, args } = PROGRAMS[target]
  const { User, Entrypoint, Cmd, WorkingDir, StopSignal } = config
  assert.deepEqual(
    { User, Entrypoint, Cmd, WorkingDir, StopSignal },
    {
      User: user,
      Entrypoint: ['node', `/picket/bin/${name}.mjs`],
      Cmd: args,
      WorkingDir: '/picket',
      StopSignal: 'SIGTERM',
    },
  )
}

const checkFiles = (target: Target, { image }: Unpacked, base: Layout): void => {
  const { name, licenses } = PROGRAMS[target]
  const bin = ['heap-limit', 'launch', 'node-settings', name].map((one) => `picket/bin/${one}.mjs`)
  const dist = [licenses, `${name}.cdx.json`, `${name}.mjs`].map((one) => `picket/dist/${one}`)
  const files = (layout: Layout) => layout.paths.filter((path) => !path.endsWith('/'))
  assert.deepEqual(files(image), [...files(base), 'picket/LICENSE', ...bin, ...dist].sort())
  assert.deepEqual(
    files(image).filter((path) => /(^|\/)s?bin\//.test(path) && !path.startsWith('picket/')),
    ['usr/local/bin/node'],
    'no shell, and nothing else that could be run',
  )
}

/** Of the packages that have their licence in the image, the SBOM lists each. */
const checkSbom = (target: Target, { root }: Unpacked): void => {
  const { name, licenses } = PROGRAMS[target]
  const read = (file: string): string => readFileSync(join(root, 'picket/dist', file), 'utf8')
  const bom = read(`${name}.cdx.json`)
  assert.deepEqual(bomFaults(bom), [])
  const { metadata, components } = JSON.parse(bom)
  assert.deepEqual(metadata.component.hashes, [
    {
      alg: 'SHA-256',
      content: createHash('sha256')
        .update(read(`${name}.mjs`))
        .digest('hex'),
    },
  ])
  const licensed = [...read(licenses).matchAll(/^((?:@[\w.-]+\/)?[\w.-]+ \d+\.\d+\.\d+\S*) \([^)]*\)?\)$/gm)].map(
    ([, package_]) => package_,
  )
  const listed = components.map(
    (one: { group?: string; name: string; version: string }) =>
      `${one.group === undefined ? '' : `${one.group}/`}${one.name} ${one.version}`,
  )
  assert.deepEqual(licensed, listed)
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`

const checkSize = (context: TestContext, target: Target, { image }: Unpacked, base: Layout): void => {
  const above = image.bytes - base.bytes
  context.diagnostic(
    `${image.architecture}: ${megabytes(image.bytes)}, ${megabytes(above)} above its base; ${megabytes(image.compressedBytes)} to be pulled, ${megabytes(image.compressedBytes - base.compressedBytes)} where the base is there; ${image.digest} (${target})`,
  )
  assert.ok(above > 0 && above <= ABOVE_BASE_LIMIT_BYTES, `${megabytes(above)} above the base`)
}

/** What is in an image, without running it. */
export const contentChecks = async (
  context: TestContext,
  target: Target,
  unpacked: Unpacked,
  base: Layout,
): Promise<void> => {
  const title = `${target}, ${unpacked.image.architecture}`
  await context.test(`${title}: labels, user, entry point`, () => checkConfig(target, unpacked))
  await context.test(`${title}: the base’s files, ours, and no shell`, () => checkFiles(target, unpacked, base))
  await context.test(`${title}: an SBOM of what is in the bundle`, () => checkSbom(target, unpacked))
  await context.test(`${title}: no more than 60 MB above the base`, (t) => checkSize(t, target, unpacked, base))
}
