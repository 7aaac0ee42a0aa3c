import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** An image as it lies in a registry. */
export interface Layout {
  /** Of its manifest: what `image@sha256:…` names. */
  readonly digest: string
  readonly architecture: string
  readonly config: {
    readonly User: string
    readonly Env: readonly string[]
    readonly Entrypoint: readonly string[]
    readonly Cmd: readonly string[]
    readonly WorkingDir: string
    readonly StopSignal: string
    readonly Labels: Readonly<Record<string, string>>
  }
  /** As they are sent: compressed. */
  readonly compressedBytes: number
  /** Of its files. */
  readonly bytes: number
  /** Paths without a leading slash, those of folders with one at their end. */
  readonly paths: readonly string[]
  unpack(folder: string): void
}

interface Descriptor {
  readonly digest: string
  readonly size: number
}

/** Of one line of `tar -tv`: the size and the path; an x that anybody has. */
const ENTRY = /^\S+ \S+ +(\d+) \S+ \S+ (.*)$/

const filesOf = (layer: string): readonly { readonly bytes: number; readonly path: string }[] =>
  execFileSync('tar', ['-tvzf', layer], { encoding: 'utf8' })
    .split('\n')
    .flatMap((line) => {
      const [, bytes, path] = ENTRY.exec(line) ?? []
      return path === undefined ? [] : [{ bytes: Number(bytes), path: path.replace(/^\.?\//, '') }]
    })

/** Reads an OCI layout of one image (OCI image specification, image-layout.md). */
export const readLayout = (folder: string): Layout => {
  const blob = (digest: string): string => join(folder, 'blobs', ...digest.split(':'))
  const json = (file: string) => JSON.parse(readFileSync(file, 'utf8'))
  const { digest } = json(join(folder, 'index.json')).manifests[0] as Descriptor
  const manifest = json(blob(digest)) as { readonly config: Descriptor; readonly layers: readonly Descriptor[] }
  const { architecture, config } = json(blob(manifest.config.digest))
  const layers = manifest.layers.map((layer) => blob(layer.digest))
  const files = layers.flatMap(filesOf)
  return {
    digest,
    architecture,
    config,
    compressedBytes: layers.reduce((sum, layer) => sum + statSync(layer).size, 0),
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
    paths: files.map((file) => file.path).sort(),
    unpack: (to) => {
      mkdirSync(to, { recursive: true })
      for (const layer of layers) execFileSync('tar', ['-xzf', layer, '-C', to])
    },
  }
}
