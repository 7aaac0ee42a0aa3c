import type { CompiledConfig, CompiledOutput, CompiledSource } from './config/compile.ts'

const reads = (source: CompiledSource): string => (source.kind === 'containers' ? source.path : source.paths.join(' '))

const writes = (output: CompiledOutput): string => {
  switch (output.kind) {
    case 'elasticsearch':
      return output.hosts.join(' ')
    case 'local':
      return `the embedded store ${output.path}`
    case 'file':
      return output.path
    case 'stdout':
      return 'standard output'
  }
}

export interface Welcome {
  readonly version: string
  readonly sample: boolean
  /** host:port; undefined where it does not listen. */
  readonly metrics: string | undefined
  readonly page: string | undefined
}

/** What `npm start` tells a person: what is read, where it goes, where to look. */
export const introduction = (config: CompiledConfig, { version, sample, metrics, page }: Welcome): string => {
  const rows: [string, string][] = [
    ['open', page ? `http://${page}/` : 'no page: its port is taken (server.page)'],
    ...config.sources.map((s): [string, string] => ['reading', reads(s)]),
    ...config.metricsSources.map(({ sets }): [string, string] => ['reading', `this node: ${sets.join(', ')}`]),
    ...config.outputs.map((o): [string, string] => ['into', writes(o)]),
    ['search', "npx --no-install picket search 'timeout AND pod:web*' --since 10m"],
    ['follow', 'npx --no-install picket tail --namespace shop'],
    ['metrics', metrics ? `http://${metrics}/metrics` : 'off'],
    ['stop', 'Ctrl-C; the next start resumes here'],
  ]
  const why = sample
    ? '\n  This machine has no /var/log/containers: a sample workload writes container logs beside the agent.\n'
    : ''
  return `\n  picket ${version} on ${config.node.name}\n${why}\n${rows.map(([k, v]) => `  ${k.padEnd(9)}${v}`).join('\n')}\n`
}
