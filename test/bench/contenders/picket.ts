import fs from 'node:fs'
import path from 'node:path'
import { ALLOCATOR, FLAGS } from '../../../bin/node-settings.mjs'
import type { Contender, Setting } from '../contender.ts'

const configuration = (s: Setting): string => `state_dir: ${s.folder}/state
sources:
  containers:
    kind: containers
    path: ${s.logFolder}
    allowed_roots: [${s.allowedRoot}]
outputs:
  search:
    kind: elasticsearch
    match: "**"
    hosts: ["http://127.0.0.1:${s.sinkPort}"]
    compression: ${s.gzip ? 'fast' : 'none'}
    closing_documents: false # The sinks count records, and hold every document against one.
server:
  listen: 127.0.0.1:${s.metricsPort}
`

export const picket = (bundle: string): Contender => ({
  name: 'picket',
  documents: 'joined',
  measuresVerdicts: true,
  prepare: (setting) => {
    const file = path.join(setting.folder, 'picket.yaml')
    fs.writeFileSync(file, configuration(setting))
    // As bin/picket.mjs starts it, but directly, so that the launcher's own start is not measured too.
    const allocator = Object.entries(ALLOCATOR).map(([name, value]) => `${name}=${value}`)
    return ['env', ...allocator, process.execPath, ...FLAGS, bundle, '--config', file]
  },
})
