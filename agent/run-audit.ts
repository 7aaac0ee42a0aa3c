import type { Writable } from 'node:stream'
import type { Clock } from '../lib/io/clock.ts'
import { realFilesystem } from '../lib/io/filesystem.ts'
import { harmless } from '../lib/terminal/harmless.ts'
import { Auditor, type HeldFile } from './audit/auditor.ts'
import { evidenceOf, type Origin } from './audit/evidence.ts'
import { type FileReport, isComplete } from './audit/judge.ts'
import { noFiles, reportJson, reportText, summaryText, withReport } from './audit/report-text.ts'
import { createPrinter } from './cli/printer.ts'
import type { CompiledConfig, CompiledOutput } from './config/compile.ts'
import { createDocumentReader } from './output/elasticsearch/read-documents.ts'
import { heldFiles } from './pipeline/held-files.ts'
import { auditedIndices, elasticsearchOptions } from './pipeline/open-output.ts'
import { valueExpression } from './search/pattern.ts'
import { lookIntoStateFolder } from './state/state-folder.ts'
import { openStore } from './store/read-store.ts'

export interface AuditOptions {
  readonly config: CompiledConfig
  /** Name of the output whose store is audited; undefined: the only one that has a store. */
  readonly output: string | undefined
  readonly sinceMs: number | undefined
  readonly untilMs: number | undefined
  readonly namespaces: readonly string[]
  readonly pods: readonly string[]
  readonly containers: readonly string[]
  readonly json: boolean
}

export interface AuditIo {
  readonly out: Writable
  readonly say: (text: string) => void
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** 0: everything is there, once. 1: gaps or doubled ranges. 2: it could not be found out. */
export const auditCodes = { sound: 0, unsound: 1, failed: 2 } as const

/** It cannot be found out; the message says why. */
class AuditError extends Error {}

type Audited = Extract<CompiledOutput, { kind: 'elasticsearch' | 'local' }>

const hasStore = (output: CompiledOutput): output is Audited =>
  output.kind === 'elasticsearch' || output.kind === 'local'

const chooseOutput = ({ config, output: name }: AuditOptions): Audited => {
  const audited = config.outputs.filter(hasStore)
  const names = audited.map((output) => output.name).join(', ')
  if (name !== undefined) {
    const named = audited.find((output) => output.name === name)
    if (named) return named
    throw new AuditError(`there is no output ${name} with a store to audit${names ? `; there is ${names}` : ''}`)
  }
  if (audited.length === 1) return audited[0]!
  if (audited.length > 1) throw new AuditError(`say which output with --output: ${names}`)
  throw new AuditError('the configuration has no output with a store to audit (elasticsearch, local)')
}

/** Records of one moment do not stand in the order of their time stamps: around a period some more is read. */
const SLACK_MS = 600_000

interface Documents {
  readonly expires: boolean
  readonly all: AsyncIterable<unknown> | Iterable<unknown>
  close(): void
}

const openLocal = (path: string, { sinceMs, untilMs }: AuditOptions): Documents => {
  const opened = openStore(path)
  if (opened.kind === 'absent') throw new AuditError(`there is no store at ${path} yet`)
  if (opened.kind === 'unreadable') throw new AuditError(`the store ${path} cannot be read: ${opened.reason}`)
  const { reader } = opened
  const range = { sinceMs: earlier(sinceMs), untilMs: later(untilMs) }
  return { expires: reader.dropped(), all: reader.byFile(range), close: reader.close }
}

const earlier = (ms: number | undefined): number | undefined => ms && ms - SLACK_MS
const later = (ms: number | undefined): number | undefined => ms && ms + SLACK_MS

const openSearch = async (
  output: Extract<CompiledOutput, { kind: 'elasticsearch' }>,
  options: AuditOptions,
  { clock, signal }: AuditIo,
): Promise<Documents> => {
  const reader = createDocumentReader(elasticsearchOptions(output), auditedIndices(output), clock)
  const wanted = {
    sinceMs: earlier(options.sinceMs),
    untilMs: later(options.untilMs),
    patterns: {
      'kubernetes.namespace': options.namespaces,
      'kubernetes.pod.name': options.pods,
      'kubernetes.container.name': options.containers,
    },
  }
  return { expires: await reader.dropped(signal), all: reader.documents(wanted, signal), close: reader.close }
}

const selector = ({ namespaces, pods, containers }: AuditOptions): ((origin: Origin) => boolean) => {
  const one = (globs: readonly string[]) => {
    const forms = globs.map((text) => valueExpression({ text, quoted: false }))
    return (value: string | undefined): boolean =>
      forms.length === 0 || (value !== undefined && forms.some((form) => form.test(value)))
  }
  const [namespace, pod, container] = [one(namespaces), one(pods), one(containers)]
  return (origin) => namespace(origin.namespace) && pod(origin.pod) && container(origin.container)
}

const heldFor = (output: string, { config }: AuditOptions, say: AuditIo['say']): ReadonlyMap<string, HeldFile> => {
  try {
    return heldFiles(realFilesystem, lookIntoStateFolder(config.stateDir, realFilesystem), output, config.node.name)
  } catch (error) {
    say(`picket: ${(error as Error).message}`)
    say('picket: without it, what is still queued or was dead-lettered counts as a gap')
    return new Map()
  }
}

const audit = async (options: AuditOptions, io: AuditIo): Promise<number> => {
  const output = chooseOutput(options)
  const isWanted = selector(options)
  const held = new Map([...heldFor(output.name, options, io.say)].filter(([, { origin }]) => isWanted(origin)))
  const { json, sinceMs, untilMs } = options
  const documents = output.kind === 'local' ? openLocal(output.path, options) : await openSearch(output, options, io)
  const printer = createPrinter(io.out)
  let sum = noFiles
  const tell = async (report: FileReport): Promise<void> => {
    sum = withReport(sum, report)
    if (json) await printer.print(reportJson(report))
    else if (!isComplete(report)) await printer.print(harmless(reportText(report)))
  }
  try {
    const auditor = new Auditor({ period: { sinceMs, untilMs }, expires: documents.expires, held })
    for await (const document of documents.all) {
      const evidence = evidenceOf(document)
      const report = evidence && isWanted(evidence.origin) ? auditor.take(evidence) : undefined
      if (report) await tell(report)
    }
    for (const report of auditor.finish()) await tell(report)
  } finally {
    documents.close()
  }
  if (json) io.say(`picket: ${summaryText(sum).trimEnd()}`)
  else await printer.print(summaryText(sum))
  return sum.filesWithGaps + sum.filesWithDoubles > 0 ? auditCodes.unsound : auditCodes.sound
}

/** `picket audit`. Resolves to the exit code. */
export const runAudit = async (options: AuditOptions, io: AuditIo): Promise<number> => {
  try {
    return await audit(options, io)
  } catch (error) {
    io.say(`picket: the audit cannot be made: ${(error as Error).message}`)
    return auditCodes.failed
  }
}
