import { join } from 'node:path'
import type { Clock } from '../../lib/io/clock.ts'
import { realFilesystem } from '../../lib/io/filesystem.ts'
import type { CompiledConfig, CompiledOutput, CompiledSource } from '../config/compile.ts'
import type { AgentEvents } from '../event.ts'
import type { Source } from '../source/options.ts'
import type { Self } from '../source/selection.ts'
import { createTailer, type Tailer, tailerDefaults } from '../source/tailer.ts'

export interface SourceContext {
  readonly config: CompiledConfig
  readonly clock: Clock
  readonly events: AgentEvents
  readonly once: boolean
  /** Whether an output's `match` admits a tag. */
  readonly wants: (lane: string, tag: string) => boolean
  /** The agent's own pod and container, in a cluster: its log is not read, it would feed itself. */
  readonly self: Self | undefined
}

const sourceOf = (source: CompiledSource, self: SourceContext['self']): Source =>
  source.kind === 'containers'
    ? {
        kind: 'containers',
        name: source.name,
        path: source.path,
        podsPath: undefined,
        allowedRoots: source.allowedRoots,
        include: source.include,
        exclude: source.exclude,
        excludeSelf: self,
      }
    : {
        kind: 'files',
        name: source.name,
        paths: source.paths,
        exclude: source.exclude,
        tag: source.tag,
        allowedRoots: source.allowedRoots,
      }

const writesClosings = (output: CompiledOutput): boolean => 'closingDocuments' in output && output.closingDocuments

/** node:crypto is loaded at first need: few nodes have files that are truncated in place. */
const nonce = (): string => process.getBuiltinModule('node:crypto').randomBytes(9).toString('base64url')

/** One tailer per source: each has its own intervals, its own bound on handles and its own checkpoint. */
export const openSource = (
  source: CompiledSource,
  { config, clock, events, once, self, wants }: SourceContext,
): Tailer =>
  createTailer(
    {
      ...tailerDefaults,
      sources: [sourceOf(source, self)],
      lanes: config.outputs.map((output) => output.name),
      // What ends with this run may go on with the next.
      closing: once ? [] : config.outputs.filter(writesClosings).map((output) => output.name),
      stateDir: join(config.stateDir, 'sources', source.name),
      readFrom: source.readFrom,
      ignoreOlderMs: source.ignoreOlderMs === 0 ? undefined : source.ignoreOlderMs,
      rescanMs: source.rescanIntervalMs,
      pollMs: source.pollIntervalMs,
      rotateWaitMs: source.rotateWaitMs,
      deletedKeepMs: source.deletedKeepMs,
      deletedKeepBytes: source.deletedKeepBytes,
      maxOpenFiles: source.maxOpenFiles,
      maxFollowedFiles: source.maxFollowedFiles,
      once,
    },
    { files: realFilesystem, clock, events, wants, nonce },
  )
