// Encode-only throughput: the files of a folder (generate-logs.cjs files …) through the encoder, bodies thrown away.
//   node test/bench/encoder.ts FOLDER [none | fast] [rounds]
// Prints MB of log per CPU-second of each round, plain and wire bytes per document.
import fs from 'node:fs'
import { documentTexts } from '../../agent/document/texts.ts'
import type { EncodeContext } from '../../agent/event.ts'
import { createEncoder } from '../../agent/kernel/encoder.ts'

const [folder = '', compression = 'none', rounds = '3'] = process.argv.slice(2)
const wasm = fs.readFileSync(new URL('../../build/kernel.wasm', import.meta.url))
const encoder = createEncoder({
  wasm,
  maxRecordBytes: 262_144,
  compression: compression as 'none' | 'fast',
  slots: 3,
  now: () => new Date().toISOString(),
})

const options = {
  dataset: 'kubernetes.container_logs',
  namespace: 'default',
  plainIndex: undefined,
  requestIndex: 'logs-kubernetes.container_logs-default',
  idempotent: true,
  staticFields: {},
  filePath: 'auto' as const,
  hostName: 'node-1',
  clusterName: undefined,
}

const contextOf = (name: string): EncodeContext => {
  const [, pod = name, namespace = '', container = '', id = ''] =
    /^([^_]+)_([^_]+)_(.+)-([0-9a-f]{64})\.log$/.exec(name) ?? []
  const fingerprint = id.slice(0, 16).padEnd(16, '0')
  const fields = {
    container: { id },
    kubernetes: { namespace, pod: { name: pod }, node: { name: 'node-1' }, container: { name: container } },
    service: { name: container },
  }
  const origin = {
    kind: 'container',
    namespace,
    pod,
    container,
    podUid: undefined,
    restart: 0,
    containerId: id,
  } as const
  const file = { origin, tag: '', path: `/var/log/containers/${name}`, fingerprint }
  const texts = documentTexts(file, { fields, dataset: undefined, namespace: undefined }, options)
  return { texts, format: 'cri', fingerprint, partials: { stdout: undefined, stderr: undefined } }
}

const totals = { log: 0, plain: 0, wire: 0, documents: 0 }

const seal = (): void => {
  const body = encoder.seal()
  totals.plain += body.plainBytes
  totals.wire += body.bytes.length
  totals.documents += body.documents
  encoder.release(body)
  encoder.stage()
}

const encodeFile = (name: string): void => {
  const context = contextOf(name)
  const fd = fs.openSync(`${folder}/${name}`, 'r')
  for (let at = 0; ; ) {
    const length = fs.readSync(fd, encoder.input, 0, encoder.input.length, at)
    if (length === 0) break
    let from = 0
    for (;;) {
      const result = encoder.encode(context, length, at, false, from)
      from += result.consumed
      at += result.consumed
      if (result.stop === 'starved') break
      seal()
    }
    totals.log += from
    if (from === 0) throw new Error(`${name} has a line that never ends`)
  }
  fs.closeSync(fd)
}

encoder.stage()
for (let round = 0; round < Number(rounds); round++) {
  Object.assign(totals, { log: 0, plain: 0, wire: 0, documents: 0 })
  const before = process.cpuUsage()
  for (const name of fs.readdirSync(folder)) encodeFile(name)
  if (encoder.stagedDocuments > 0) seal()
  const { user, system } = process.cpuUsage(before)
  const { log, plain, wire, documents } = totals
  const megabytesPerCpuSecond = Math.round(log / (user + system))
  console.log(
    JSON.stringify({
      compression,
      megabytesPerCpuSecond,
      documents,
      logBytes: log,
      plainPerDocument: Math.round(plain / documents),
      wirePerDocument: Number((wire / documents).toFixed(1)),
    }),
  )
}
