import fs from 'node:fs'
import path from 'node:path'
import type { Contender, Setting } from '../contender.ts'

/** What bin/picket.mjs gives to Node; the bundle is started directly, so that the launcher's own start is not measured twice. */
const V8_FLAGS = ['--max-semi-space-size=2', '--max-old-space-size=64', '--disable-warning=ExperimentalWarning']

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
    return [process.execPath, ...V8_FLAGS, bundle, '--config', file]
  },
})
