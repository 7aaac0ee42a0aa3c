import assert from 'node:assert/strict'
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Suite } from '../suite.ts'
import { arm64Base } from './arm64-base.ts'
import { CERTIFICATES } from './base-folder.ts'
import { buildImages, type Images } from './build-images.ts'
import { contentChecks, type Unpacked } from './content-checks.ts'
import { readLayout } from './layout.ts'
import { runChecks } from './run-checks.ts'

const isRunnable = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
const onPath = (program: string): boolean =>
  (process.env.PATH ?? '').split(':').some((folder) => isRunnable(join(folder, program)))

/** What building the images needs; suites that run them ask this too. */
export const missingForImages = (): readonly string[] => [
  ...(process.getuid?.() === 0 ? [] : ['root, to build and run images']),
  ...['buildah', 'ldd', 'tar'].filter((one) => !onPath(one)).map((one) => `${one} on the PATH`),
  ...(isRunnable(join(CERTIFICATES, '..')) ? [] : [`${CERTIFICATES}, from Debian’s package ca-certificates`]),
]

const digests = ({ layouts }: Images): readonly string[] =>
  [layouts.base, layouts.agent, layouts.controller].map((layout) => readLayout(layout).digest)

const unpack = (layout: string): Unpacked => {
  const image = readLayout(layout)
  image.unpack(`${layout}-root`)
  return { image, root: `${layout}-root` }
}

const checkContents = async (context: TestContext, { layouts }: Images) => {
  const base = readLayout(layouts.base)
  const unpacked = { agent: unpack(layouts.agent), controller: unpack(layouts.controller) }
  for (const target of ['agent', 'controller'] as const) await contentChecks(context, target, unpacked[target], base)
  return unpacked
}

/** Built, not run: this machine cannot. */
const arm64Checks = async (t: TestContext, folder: string): Promise<void> => {
  const base = (() => {
    try {
      return arm64Base()
    } catch (error) {
      if (process.env.CI === 'true') throw error
      t.skip(`no base at hand: ${(error as Error).message}`)
      return undefined
    }
  })()
  if (base === undefined) return
  const { agent, controller } = await checkContents(t, buildImages(folder, base))
  assert.deepEqual([agent.image.architecture, controller.image.architecture], ['arm64', 'arm64'])
}

const run = async (context: TestContext): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'picket-lab-image-'))
  context.after(() => rmSync(folder, { recursive: true, force: true }))
  const images = buildImages(join(folder, 'first'))
  await context.test('the same sources give the same digests', () =>
    assert.deepEqual(digests(buildImages(join(folder, 'second'))), digests(images)),
  )
  const unpacked = await checkContents(context, images)
  await runChecks(context, folder, unpacked)
  await context.test('arm64: built, not run', (t) => arm64Checks(t, join(folder, 'arm64')))
}

/** The images, built from the Dockerfile without a network and run by runc. */
export const imageSuite: Suite = {
  name: 'image',
  missing: () => [...missingForImages(), ...(onPath('runc') ? [] : ['runc on the PATH'])],
  run,
}
