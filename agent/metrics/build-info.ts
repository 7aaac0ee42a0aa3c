import type { MetricFamily } from '../event.ts'
import { family } from './family.ts'

export interface NodeMetricsBuild {
  readonly version: string
  readonly revision: string
}

/** The usual dashboards count nodes by it, and show the version: Picket's. It has node_exporter's labels; `goversion` is Node's. */
export const buildInfo = ({ version, revision }: NodeMetricsBuild): MetricFamily =>
  family(
    'gauge',
    'node_exporter_build_info',
    'Always 1; which build of Picket tells of this node, under the name that dashboards look for.',
    [
      {
        labels: {
          branch: '',
          goarch: process.arch === 'x64' ? 'amd64' : process.arch,
          goos: process.platform,
          goversion: `node ${process.version}`,
          revision,
          tags: 'picket',
          version,
        },
        value: 1,
      },
    ],
  )
