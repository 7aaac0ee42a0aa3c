import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { freePorts } from '../elasticsearch/free-ports.ts'
import { startProgram } from '../prometheus/programs.ts'
import type { NodeLab } from './lab.ts'

export interface Sample {
  readonly metric: Readonly<Record<string, string>>
  readonly value: readonly [number, string]
}

export interface Prometheus {
  /** Looks for pods that ask to be scraped, by the usual annotations. Debian's Prometheus is built without Kubernetes, so the lab does that for it. */
  discover(): Promise<void>
  query(expression: string): Promise<readonly Sample[]>
}

interface RawPod {
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> }
  readonly spec: { readonly nodeName?: string }
  readonly status: { readonly podIP?: string }
}

interface Target {
  readonly targets: readonly string[]
  readonly labels: Readonly<Record<string, string>>
}

const targetOf = ({ metadata, spec, status }: RawPod): readonly Target[] => {
  const said = (name: string, otherwise: string): string => metadata.annotations?.[`prometheus.io/${name}`] ?? otherwise
  if (said('scrape', 'false') !== 'true' || status.podIP === undefined) return []
  const labels = {
    __scheme__: said('scheme', 'http'),
    __metrics_path__: said('path', '/metrics'),
    pod: metadata.name,
    node: spec.nodeName ?? '',
  }
  return [{ targets: [`${status.podIP}:${said('port', '')}`], labels }]
}

export const startPrometheus = async (context: TestContext, lab: NodeLab): Promise<Prometheus> => {
  const [port = 0] = await freePorts(1)
  const at = (name: string): string => join(lab.folder, name)
  const write = (name: string, json: unknown): void => {
    writeFileSync(at(`${name}.new`), JSON.stringify(json))
    renameSync(at(`${name}.new`), at(name))
  }
  write('targets.json', [])
  write('prometheus.json', {
    global: { scrape_interval: '1s', scrape_timeout: '1s' },
    scrape_configs: [{ job_name: 'pods', file_sd_configs: [{ files: [at('targets.json')], refresh_interval: '1s' }] }],
  })
  const base = `http://127.0.0.1:${port}`
  const argv = ['prometheus', `--config.file=${at('prometheus.json')}`, `--storage.tsdb.path=${at('prometheus')}`]
  const listen = `--web.listen-address=127.0.0.1:${port}`
  await startProgram(context, [...argv, listen], `${base}/-/ready`, at('prometheus.log'))
  return {
    discover: async () => {
      const { items } = await lab.cluster.ask<{ items: RawPod[] }>('GET', '/api/v1/pods')
      write('targets.json', items.flatMap(targetOf))
    },
    query: async (expression) => {
      const response = await fetch(`${base}/api/v1/query?query=${encodeURIComponent(expression)}`)
      return ((await response.json()) as { data: { result: readonly Sample[] } }).data.result
    },
  }
}
