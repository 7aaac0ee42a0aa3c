import { resolve } from 'node:path'
import type { Loaded } from './load.ts'

/** `--path.procfs` and its like: what is undefined was not given. */
export interface RootFlags {
  readonly procfs: string | undefined
  readonly sysfs: string | undefined
  readonly rootfs: string | undefined
}

/** The flags win over the configuration, as they do in node_exporter's manifests that people bring along. */
export const withRoots = (loaded: Loaded, flags: RootFlags): Loaded => {
  if (loaded.kind === 'mistaken') return loaded
  const given = Object.entries(flags).filter((entry): entry is [string, string] => entry[1] !== undefined)
  const roots = Object.fromEntries(given.map(([name, path]) => [name, resolve(path)]))
  return { ...loaded, config: { ...loaded.config, metrics: { ...loaded.config.metrics, ...roots } } }
}
