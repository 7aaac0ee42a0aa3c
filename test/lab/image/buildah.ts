import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

export interface BuildOptions {
  readonly name: string
  /** The folder with the Dockerfile. */
  readonly context: string
  readonly target?: string
  readonly architecture: 'amd64' | 'arm64'
  readonly buildArgs?: Readonly<Record<string, string>>
}

/** buildah with a store of its own, which nothing of the machine's containers shares. */
export interface Buildah {
  build(options: BuildOptions): void
  /** As `docker save` writes it; containerd imports it under this name. */
  saveArchive(name: string, file: string): void
  /** As it lies in a registry, an OCI layout: what is asked for digests. */
  saveLayout(name: string, folder: string): void
  /** Unmounts its store, so that the folder can be removed. */
  close(): void
}

const OVERLAY_MOUNT = /^\S+ (\S+) /gm

export const openBuildah = (folder: string): Buildah => {
  const [root, run] = [join(folder, 'storage'), join(folder, 'run')]
  mkdirSync(root, { recursive: true })
  const buildah = (...args: readonly string[]): string =>
    execFileSync('buildah', ['--root', root, '--runroot', run, '--storage-driver', 'overlay', ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  return {
    build: ({ name, context, target, architecture, buildArgs = {} }) => {
      buildah(
        ...['bud', '--pull-never', '--timestamp', '0', '--arch', architecture, '--os', 'linux', '--tag', name],
        ...(target === undefined ? [] : ['--target', target]),
        ...Object.entries(buildArgs).flatMap(([key, value]) => ['--build-arg', `${key}=${value}`]),
        context,
      )
    },
    saveArchive: (name, file) => void buildah('push', name, `docker-archive:${file}:${name}`),
    saveLayout: (name, layout) => void buildah('push', '--format', 'oci', name, `oci:${layout}:lab`),
    close: () => {
      const mounts = execFileSync('cat', ['/proc/self/mounts'], { encoding: 'utf8' })
      for (const [, path = ''] of mounts.matchAll(OVERLAY_MOUNT))
        if (path.startsWith(`${root}/`)) execFileSync('umount', [path])
    },
  }
}
