import type { UserConfig } from './schema.ts'

/** Where the sample workload of `picket start` keeps its folders, as a node does below /var/log. */
export interface SampleFolders {
  /** Takes the place of /var/log/containers. */
  readonly containers: string
  /** Takes the place of /var/log/pods. */
  readonly pods: string
}

/** What runs without a configuration: the containers of this node (or of the sample workload) into the embedded store. */
export const defaultConfig = (
  options: { readonly stateDir?: string; readonly sample?: SampleFolders } = {},
): UserConfig => ({
  state_dir: options.stateDir ?? '.picket',
  sources: {
    containers: options.sample
      ? { kind: 'containers', path: options.sample.containers, allowed_roots: [options.sample.pods] }
      : { kind: 'containers' },
  },
  outputs: { local: { kind: 'local' } },
})
