import { type MetricDefinition, SELF_METRICS } from './self-metrics.ts'

const cell = (text: string): string => text.replaceAll('|', '\\|')

const row = ({ name, kind, labels, help, buckets }: MetricDefinition): string => {
  const bounds = buckets ? ` Buckets: ${buckets.join(', ')}.` : ''
  const labelText = labels.map((label) => `\`${label}\``).join(', ')
  return `| \`${name}\` | ${kind === 'info' ? 'gauge' : kind} | ${labelText} | ${cell(help)}${bounds} |`
}

/** docs/self-metrics.md, made from the table of definitions so that the two never part. */
export const selfMetricsPage = (): string => `# Metrics of the agent itself

\`GET /metrics\` on \`server.listen\` (default \`127.0.0.1:9464\`) answers in Prometheus text 0.0.4, or in OpenMetrics 1.0 to scrapers that ask
for it, gzipped to those that accept it. In OpenMetrics a counter's family is named without \`_total\`, as that format demands; the
samples are named alike in both. No label grows with the number of pods: what concerns one pod is in the agent's log (operations.md).

Counters begin at the start of the process. A series appears with its first event.

| metric | type | labels | meaning |
|---|---|---|---|
${Object.values(SELF_METRICS).map(row).join('\n')}
`
