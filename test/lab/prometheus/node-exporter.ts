import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { METRICS_DEFAULTS } from '../../../agent/config/metrics-defaults.ts'
import { cacheFolder } from '../cache-folder.ts'
import { missingForBuild } from '../kubernetes/build.ts'
import { onPath } from './programs.ts'

/** A node_exporter to stand beside. */
export interface NodeExporter {
  readonly name: string
  missing(): readonly string[]
  prepare(): void
  /** Its command line; to be completed by its address. */
  argv(): readonly string[]
  /** Labels that it does not have yet where Picket, as the newest, does. */
  readonly laterLabels: readonly string[]
  /** Metrics that it does not have yet. */
  readonly laterMetrics: RegExp
  /** Lint of metrics that it does not have and the other release has: Picket has the metrics of both. */
  readonly otherLint: RegExp
}

/** Debian's is 1.5: where the newest has other filters it is told of them, so that both tell of the same things. */
export const debianExporter: NodeExporter = {
  name: 'prometheus',
  missing: () =>
    onPath('prometheus-node-exporter') ? [] : ['there is no node_exporter (Debian: prometheus-node-exporter)'],
  prepare: () => {},
  argv: () => [
    'prometheus-node-exporter',
    `--collector.filesystem.fs-types-exclude=${METRICS_DEFAULTS.fsTypesExclude}`,
    `--collector.filesystem.mount-points-exclude=${METRICS_DEFAULTS.mountPointsExclude}`,
    `--collector.diskstats.device-exclude=${METRICS_DEFAULTS.diskDevicesExclude}`,
    `--collector.netstat.fields=${METRICS_DEFAULTS.netstatFields}`,
    // Debian leaves the loopback out.
    '--collector.netdev.device-exclude=^$',
  ],
  laterLabels: ['adminstate', 'rotational'],
  laterMetrics: /node_softnet_(received_rps|flow_limit_count|cpu_collision)_total|node_softnet_backlog_len/,
  otherLint: /^$/,
}

const NEWEST = '1.12.1'

const newestProgram = (): string => join(cacheFolder('node-exporter', NEWEST), 'node_exporter')

/** The release that names, labels and defaults are taken from, built from its Go module. */
export const newestExporter: NodeExporter = {
  name: 'prometheus-newest',
  missing: () => (existsSync(newestProgram()) ? [] : missingForBuild('node_exporter')),
  prepare: () => {
    if (existsSync(newestProgram())) return
    const env = {
      ...process.env,
      GOTOOLCHAIN: 'local',
      CGO_ENABLED: '0',
      GOBIN: cacheFolder('node-exporter', NEWEST),
      GOMODCACHE: process.env.GOMODCACHE ?? cacheFolder('go', 'mod'),
      GOCACHE: process.env.GOCACHE ?? cacheFolder('go', 'build'),
    }
    execFileSync('go', ['install', `github.com/prometheus/node_exporter@v${NEWEST}`], { env, stdio: 'inherit' })
  },
  argv: () => [newestProgram()],
  laterLabels: [],
  laterMetrics: /^$/,
  // 1.5 tells of every line of /proc/meminfo, 1.12 of those that it knows.
  otherLint: /^node_memory_(FileHugePages|FilePmdMapped|SecPageTables|KReclaimable)_bytes metric names should/,
}
