import type { MetricDocument, MetricSetName } from '../../event.ts'
import { cpuDocuments } from './cpu.ts'
import { diskioDocuments } from './diskio.ts'
import { filesystemDocuments } from './filesystem.ts'
import { loadDocuments } from './load.ts'
import type { Look } from './look.ts'
import { memoryDocuments } from './memory.ts'
import { networkDocuments } from './network.ts'

type MakeDocuments = (now: Look, before: Look | undefined) => readonly Record<string, unknown>[]

const MAKERS: Readonly<Record<MetricSetName, MakeDocuments>> = {
  cpu: cpuDocuments,
  memory: memoryDocuments,
  load: loadDocuments,
  filesystem: filesystemDocuments,
  diskio: diskioDocuments,
  network: networkDocuments,
}

/**
 * The documents of one look. What a collector could not tell is in none: its set has no documents then. `before` is the look of the
 * period before; undefined at the first.
 */
export const metricDocuments = (
  sets: readonly MetricSetName[],
  now: Look,
  before: Look | undefined,
): MetricDocument[] => sets.flatMap((set) => MAKERS[set](now, before).map((fields) => ({ set, fields })))
