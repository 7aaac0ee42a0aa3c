import fs from 'node:fs'
import path from 'node:path'
import type { Contender, Setting } from '../contender.ts'

/** Its k8s input without the API server, one output worker, 256 documents a bulk: what its figures in docs/performance.md were taken with. */
const configuration = (s: Setting): string => `pipelines:
  bench:
    settings:
      capacity: 4096
      stream_field: stream
    input:
      type: k8s
      watching_dir: ${s.logFolder}
      offsets_file: ${s.folder}/offsets.yaml
      persistence_mode: async
    output:
      type: elasticsearch
      endpoints: ["http://127.0.0.1:${s.sinkPort}"]
      index_format: logs-kubernetes.container_logs-default
      batch_op_type: create
      batch_size: "256"
      workers_count: "1"
      use_gzip: ${s.gzip}
`

export const fileD = (program: string): Contender => ({
  name: 'file.d',
  documents: 'joined',
  measuresVerdicts: false,
  prepare: (setting) => {
    const file = path.join(setting.folder, 'file.d.yaml')
    fs.writeFileSync(file, configuration(setting))
    return [program, '--config', file, '--http', `127.0.0.1:${setting.metricsPort}`]
  },
})
