import fs from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { parse, stringify } from 'yaml'
import { CHART } from '../../support/chart-monitoring.ts'
import type { Cluster } from '../kubernetes/cluster.ts'
import { NAMESPACE } from '../kubernetes-controller/under-test.ts'
import { startProgram } from '../prometheus/programs.ts'

/** Of the query API, what the checks read. */
export interface LabPrometheus {
  /** As a panel asks: over the last minute, or for this moment. Throws where the expression is refused. */
  query(expr: string, over: 'range' | 'instant'): Promise<readonly unknown[]>
  /** As a variable of a dashboard asks. */
  labelValues(selector: string, label: string): Promise<readonly string[]>
  /** Labels of the targets of one pool, in no order. */
  targets(job: string): Promise<readonly Readonly<Record<string, string>>[]>
  /** Names of alerts that are firing or pending. */
  alerts(): Promise<readonly { readonly labels: Readonly<Record<string, string>>; readonly state: string }[]>
  /** Rules whose evaluation failed, with the reason. */
  brokenRules(): Promise<readonly string[]>
}

export interface Ports {
  readonly prometheus: number
  readonly agent: number
  readonly controller: number
}

/** Pods, as Prometheus would find them at the API server. */
export const discoveryFile = (cluster: Cluster): string => join(cluster.folder, 'pods.json')

const PAGE = join(import.meta.dirname, '../../../docs/monitoring.md')

interface ScrapeConfig {
  readonly job_name: string
  readonly kubernetes_sd_configs?: readonly object[]
}

/** The jobs that the page tells users to write: by annotations, and without Kubernetes. */
const documentedJobs = (): readonly ScrapeConfig[] =>
  [...fs.readFileSync(PAGE, 'utf8').matchAll(/```yaml\n(scrape_configs:\n[\s\S]*?)```/g)].flatMap(
    ([, text = '']) => (parse(text) as { scrape_configs: readonly ScrapeConfig[] }).scrape_configs,
  )

const scrapeConfigs = (cluster: Cluster, ports: Ports): readonly object[] => {
  const [annotated, fixed] = documentedJobs()
  const { kubernetes_sd_configs: _, ...relabelled } = annotated as ScrapeConfig
  const at = (job: string, port: number, labels: object): object => ({
    ...fixed,
    job_name: job,
    static_configs: [{ targets: [`127.0.0.1:${port}`], labels: { job: 'picket', namespace: NAMESPACE, ...labels } }],
  })
  return [
    { ...relabelled, file_sd_configs: [{ files: [discoveryFile(cluster)] }] },
    at('agent', ports.agent, { node: 'node-0', pod: 'picket-agent-lab' }),
    at('controller', ports.controller, { node: 'node-1', pod: 'picket-controller-lab' }),
  ]
}

const client = (port: number): LabPrometheus => {
  const get = async <T>(path: string, parameters: Readonly<Record<string, string>> = {}): Promise<T> => {
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/${path}?${new URLSearchParams(parameters)}`)
    const { status, data, error } = (await response.json()) as { status: string; data: T; error?: string }
    if (status !== 'success') throw new Error(`${JSON.stringify(parameters)}: ${error}`)
    return data
  }
  return {
    query: async (query, over) => {
      const end = Date.now() / 1000
      const range = { start: String(end - 60), end: String(end), step: '5' }
      const parameters = over === 'range' ? { query, ...range } : { query }
      const path = over === 'range' ? 'query_range' : 'query'
      return (await get<{ result: readonly unknown[] }>(path, parameters)).result
    },
    labelValues: (selector, label) => get(`label/${label}/values`, { 'match[]': selector }),
    targets: async (job) => {
      const { activeTargets } = await get<{
        activeTargets: readonly { scrapePool: string; labels: Readonly<Record<string, string>> }[]
      }>('targets', { state: 'active' })
      return activeTargets.filter(({ scrapePool }) => scrapePool === job).map(({ labels }) => labels)
    },
    alerts: async () => (await get<{ alerts: Awaited<ReturnType<LabPrometheus['alerts']>> }>('alerts')).alerts,
    brokenRules: async () => {
      const { groups } = await get<{
        groups: readonly { rules: readonly { name: string; health: string; lastError?: string }[] }[]
      }>('rules')
      return groups
        .flatMap(({ rules }) => rules)
        .filter(({ health }) => health !== 'ok')
        .map(({ name, health, lastError }) => `${name}: ${health} ${lastError}`)
    },
  }
}

/** With the rule files as they are, and the jobs as the page has them. */
export const startPrometheus = async (context: TestContext, cluster: Cluster, ports: Ports): Promise<LabPrometheus> => {
  const file = join(cluster.folder, 'prometheus.yaml')
  const config = {
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '2s' },
    rule_files: [join(CHART, 'rules', '*.yaml')],
    scrape_configs: scrapeConfigs(cluster, ports),
  }
  fs.writeFileSync(file, stringify(config))
  const own = `127.0.0.1:${ports.prometheus}`
  const data = join(cluster.folder, 'prometheus')
  const argv = ['prometheus', `--config.file=${file}`, `--storage.tsdb.path=${data}`, `--web.listen-address=${own}`]
  await startProgram(context, argv, `http://${own}/-/ready`, join(cluster.folder, 'prometheus.log'))
  return client(ports.prometheus)
}
